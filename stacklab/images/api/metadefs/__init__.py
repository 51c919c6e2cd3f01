"""The contents page of the metadata definitions."""

from typing import Any

from stacklab.http.routes import Route
from stacklab.images.api.metadefs import namespaces, objects, properties, resource_types, schemas, tags

_SPACES = "/v2/metadefs/namespaces"
_SPACE = _SPACES + "/{namespace}"
_ANY = dict[str, Any]

ROUTES = [
    Route("GET", _SPACES, namespaces.index),
    Route("POST", _SPACES, namespaces.create, body=_ANY),
    Route("GET", _SPACE, namespaces.show),
    Route("PUT", _SPACE, namespaces.update, body=_ANY),
    Route("DELETE", _SPACE, namespaces.delete),
    Route("GET", _SPACE + "/objects", objects.index),
    Route("POST", _SPACE + "/objects", objects.create, body=_ANY),
    Route("DELETE", _SPACE + "/objects", objects.clear),
    Route("GET", _SPACE + "/objects/{object}", objects.show),
    Route("PUT", _SPACE + "/objects/{object}", objects.update, body=_ANY),
    Route("DELETE", _SPACE + "/objects/{object}", objects.delete),
    Route("GET", _SPACE + "/properties", properties.index),
    Route("POST", _SPACE + "/properties", properties.create, body=_ANY),
    Route("DELETE", _SPACE + "/properties", properties.clear),
    Route("GET", _SPACE + "/properties/{property}", properties.show),
    Route("PUT", _SPACE + "/properties/{property}", properties.update, body=_ANY),
    Route("DELETE", _SPACE + "/properties/{property}", properties.delete),
    Route("GET", _SPACE + "/tags", tags.index),
    Route("POST", _SPACE + "/tags", tags.create_many, body=_ANY),
    Route("DELETE", _SPACE + "/tags", tags.clear),
    Route("GET", _SPACE + "/tags/{tag}", tags.show),
    Route("POST", _SPACE + "/tags/{tag}", tags.create),
    Route("PUT", _SPACE + "/tags/{tag}", tags.update, body=_ANY),
    Route("DELETE", _SPACE + "/tags/{tag}", tags.delete),
    Route("GET", "/v2/metadefs/resource_types", resource_types.index),
    Route("GET", _SPACE + "/resource_types", resource_types.associations),
    Route("POST", _SPACE + "/resource_types", resource_types.create, body=_ANY),
    Route("DELETE", _SPACE + "/resource_types/{name}", resource_types.delete),
    *schemas.ROUTES,
]
