"""GPU machines without a GPU: what Spark and Calypso are made of as far as programs outside a GPU can see."""
