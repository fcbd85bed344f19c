"""Acts through Pulumi: the provider process behind the resources Image and Service."""
