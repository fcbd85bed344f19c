"""The same job as others do it: one image from our rendered context, one container with our flags, over SSH."""
