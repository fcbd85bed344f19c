"""The stand-in's process."""

from concurrent.futures import ThreadPoolExecutor

from lab.cloudflare.plugin import resources
from lab.cloudflare.plugin.client import Client
from lab.cloudflare.plugin.kinds import KINDS
from lab.plugins.install import release
from lab.plugins.package import Package
from lab.plugins.server import Plugin
from ocrfleet.provider.listening import listen

THREADS = 16

if __name__ == "__main__":
    package = Package("cloudflare", release("cloudflare"), KINDS, resources, Client)
    listen(Plugin(package), ThreadPoolExecutor(THREADS))
