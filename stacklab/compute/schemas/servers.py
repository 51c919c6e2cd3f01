"""Bodies that make and change servers."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from stacklab.compute.schemas.common import Name, Text, Truth, Whole
from stacklab.http.microversion import Version

Key = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9\-_:. ]{1,255}$")]
Metadata = dict[Key, Text]
Tag = Annotated[str, Meta(min_length=1, max_length=60, pattern="^[^,/]*$")]
Hostname = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$")]
DiskConfig = Literal["AUTO", "MANUAL"]


class Nic(Struct, forbid_unknown_fields=True):
    """One entry of `networks`. `port` wins over the others."""

    uuid: str | UnsetType = UNSET
    port: str | UnsetType | None = UNSET
    fixed_ip: str | UnsetType = UNSET
    tag: Tag | UnsetType = UNSET


class GroupName(Struct, forbid_unknown_fields=True):
    name: Name


class BlockDevice(Struct):
    """Only the image on a local disk is offered; the rest of the fields are accepted as Nova names them."""

    source_type: Literal["image", "volume", "snapshot", "blank"] | None = None
    destination_type: Literal["local", "volume"] | None = None
    uuid: str | None = None
    boot_index: Whole | None = None
    delete_on_termination: Truth | None = None
    volume_size: Whole | None = None
    device_name: str | None = None
    volume_id: str | None = None


class Hints(Struct):
    """Scheduler hints; one host leaves nothing else to choose."""

    group: str | UnsetType = UNSET


class NewServerBody(Struct, forbid_unknown_fields=True):
    name: Name
    flavorRef: str | int  # noqa: N815
    imageRef: str | UnsetType = UNSET  # noqa: N815
    admin_pass: str | UnsetType = field(name="adminPass", default=UNSET)
    networks: list[Nic] | Literal["auto", "none"] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    disk_config: DiskConfig | UnsetType = field(name="OS-DCF:diskConfig", default=UNSET)
    access_v4: str | UnsetType = field(name="accessIPv4", default=UNSET)
    access_v6: str | UnsetType = field(name="accessIPv6", default=UNSET)
    personality: list[Any] | UnsetType = UNSET
    config_drive: Truth | UnsetType | None = UNSET
    min_count: Whole | UnsetType = UNSET
    max_count: Whole | UnsetType = UNSET
    return_reservation_id: Truth | UnsetType = UNSET
    security_groups: list[GroupName] | UnsetType = UNSET
    user_data: Annotated[str, Meta(max_length=65535)] | UnsetType | None = UNSET
    availability_zone: Name | UnsetType | None = UNSET
    key_name: Name | UnsetType | None = UNSET
    block_device_mapping: list[BlockDevice] | UnsetType = UNSET
    block_device_mapping_v2: list[BlockDevice] | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    tags: Annotated[list[Tag], Meta(max_length=50)] | UnsetType = UNSET
    trusted_image_certificates: list[str] | UnsetType | None = UNSET
    host: Name | UnsetType = UNSET
    hypervisor_hostname: Name | UnsetType = UNSET
    hostname: Hostname | UnsetType = UNSET


SINCE: dict[str, Version] = {
    "description": (2, 19),
    "tags": (2, 52),
    "trusted_image_certificates": (2, 63),
    "host": (2, 74),
    "hypervisor_hostname": (2, 74),
    "hostname": (2, 90),
}
UNTIL: dict[str, Version] = {"personality": (2, 56)}


class CreateServer(Struct, forbid_unknown_fields=True):
    server: NewServerBody
    hints: Hints | UnsetType = field(name="os:scheduler_hints", default=UNSET)
    old_hints: Hints | UnsetType = field(name="OS-SCH-HNT:scheduler_hints", default=UNSET)


class ServerChange(Struct, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    hostname: Hostname | UnsetType = UNSET
    access_v4: str | UnsetType = field(name="accessIPv4", default=UNSET)
    access_v6: str | UnsetType = field(name="accessIPv6", default=UNSET)
    disk_config: DiskConfig | UnsetType = field(name="OS-DCF:diskConfig", default=UNSET)


CHANGE_SINCE: dict[str, Version] = {"description": (2, 19), "hostname": (2, 90)}


class UpdateServer(Struct, forbid_unknown_fields=True):
    server: ServerChange


class PutMetadata(Struct, forbid_unknown_fields=True):
    metadata: Metadata


class PutMetadataItem(Struct, forbid_unknown_fields=True):
    meta: Annotated[Metadata, Meta(min_length=1, max_length=1)]


class PutTags(Struct, forbid_unknown_fields=True):
    tags: Annotated[list[Tag], Meta(max_length=50)]


class CreateImage(Struct, forbid_unknown_fields=True):
    name: Name
    metadata: Metadata | UnsetType = UNSET


class Reboot(Struct, forbid_unknown_fields=True):
    type: Literal["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]


class ConsoleOutput(Struct, forbid_unknown_fields=True):
    length: Whole | None = None


class Lock(Struct, forbid_unknown_fields=True):
    locked_reason: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET


class ResetState(Struct, forbid_unknown_fields=True):
    state: Literal["active", "error"]


class AnyConsole(Struct, forbid_unknown_fields=True):
    type: Name


class RemoteConsoleBody(Struct, forbid_unknown_fields=True):
    protocol: Literal["vnc", "spice", "rdp", "serial", "mks"]
    type: Literal["novnc", "xvpvnc", "spice-html5", "rdp-html5", "serial", "webmks"]


class RemoteConsole(Struct, forbid_unknown_fields=True):
    remote_console: RemoteConsoleBody


class FixedIp(Struct, forbid_unknown_fields=True):
    ip_address: str


class NewInterface(Struct, forbid_unknown_fields=True):
    net_id: str | UnsetType = UNSET
    port_id: str | UnsetType = UNSET
    fixed_ips: Annotated[list[FixedIp], Meta(min_length=1, max_length=1)] | UnsetType = UNSET
    tag: Tag | UnsetType = UNSET


class AttachInterface(Struct, forbid_unknown_fields=True):
    interface: NewInterface = field(name="interfaceAttachment", default_factory=NewInterface)
