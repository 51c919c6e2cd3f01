# StackLab as an appliance: the same `make install` as on a machine, then the node in the foreground.
#
#   docker build -t stacklab .
#   docker run --privileged --network host -v stacklab:/var/lib/stacklab stacklab
#
# Privileged, because guests, bridges and firewall tables are the machine's own. Without it the hypervisor is simulated.
FROM debian:12-slim

RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends make ca-certificates && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/stacklab
COPY . .
RUN make install && rm -rf /var/lib/apt/lists/*

VOLUME /var/lib/stacklab
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/stacklab/.venv/bin/stacklab"]
CMD ["up", "--listen", "0.0.0.0:8080"]
