# Prints a JSON document as lines "path<TAB>value", one for each string, number or word: {"a": [{"b": "c"}]} → a.0.b<TAB>c
# Strings lose their quotes; the escapes \n \t \" \\ \/ are resolved, a newline into a space so that a line is a value.
{ text = text $0 " " }

function plain(string) {
    string = substr(string, 2, length(string) - 2)
    gsub(/\\[nrt]/, " ", string)
    gsub(/\\\//, "/", string)
    gsub(/\\"/, "\"", string)
    gsub(/\\\\/, "\\", string)
    sub(/ +$/, "", string)
    return string
}

# path: the names of all open containers and the member being read.
function path(    level, joined) {
    for (level = 1; level <= depth; level++) joined = joined (level > 1 ? "." : "") name[level]
    return joined
}

function open(is_list) {
    depth++
    list[depth] = is_list
    name[depth] = is_list ? 0 : ""
}

END {
    while (match(text, /"([^"\\]|\\.)*"|[][{},:]|[-+.A-Za-z0-9]+/)) {
        token = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (token == "{") { open(0); key = 1 }
        else if (token == "[") { open(1); key = 0 }
        else if (token == "}" || token == "]") { depth--; key = 0 }
        else if (token == ",") { if (list[depth]) name[depth]++; else key = 1 }
        else if (token == ":") key = 0
        else {
            value = token ~ /^"/ ? plain(token) : token
            if (key) name[depth] = value
            else print path() "\t" value
        }
    }
}
