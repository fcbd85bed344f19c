"""The stand-in's process."""

from concurrent.futures import ThreadPoolExecutor

from lab.plugins.docker import resources
from lab.plugins.docker.client import Client
from lab.plugins.docker.kinds import KINDS
from lab.plugins.install import release
from lab.plugins.package import Package
from lab.plugins.server import Plugin
from ocrfleet.provider.listening import listen

THREADS = 16

if __name__ == "__main__":
    listen(Plugin(Package("docker", release("docker"), KINDS, resources, Client)), ThreadPoolExecutor(THREADS))
