// Pins the Pulumi command line for places where its installer cannot be reached; lab/engine.py builds it.
module engine.invalid

go 1.26.0

tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

require (
	github.com/pulumi/pulumi/pkg/v3 v3.259.0
	github.com/pulumi/pulumi/sdk/v3 v3.259.0
)
