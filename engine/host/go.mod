// Pins Pulumi's Python language host, which has no tagged version and does not compile beside the command line's.
module host.invalid

go 1.26.0

tool github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3

require (
	github.com/pulumi/pulumi/pkg/v3 v3.192.0
	github.com/pulumi/pulumi/sdk/v3 v3.192.0
	github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3 v3.0.0-20250806165243-bee5e4fa4815
)
