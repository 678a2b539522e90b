// Filled in by the feature that owns this service.
return;
