"""The stand-in's process."""

from concurrent.futures import ThreadPoolExecutor

from lab.cloudflare.plugin.install import VERSION
from lab.cloudflare.plugin.server import Plugin
from ocrfleet.provider.listening import listen

THREADS = 16

if __name__ == "__main__":
    listen(Plugin(VERSION), ThreadPoolExecutor(THREADS))
