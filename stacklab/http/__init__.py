"""How a request becomes a call: route tables, dispatch, context, microversions, policy, validation, faults, pages."""
