"""The gateway: settings in, a wired service out."""

from chassis.garbage import BY_TIME, LOOK_EVERY_SECONDS
from chassis.service import Service
from contracts.limits import GATEWAY_LEASE_RENEW_SECONDS, IDENTITY_IMAGE_BYTES, IMPORT_FILE_BYTES
from gateway.admission import MEASURE_EVERY_SECONDS
from gateway.parts import Parts
from gateway.revocations import READ_SECONDS
from gateway.routes import identity, imports, mount
from gateway.settings import Settings


def build(settings: Settings) -> Service:
    service = Service("gateway", settings, docs_url=None, rhythm=BY_TIME)
    parts = Parts(service, settings)
    mount(service.app, parts, settings)
    service.large_body(imports.UPLOAD_PATH, IMPORT_FILE_BYTES)
    for path in identity.UPLOAD_PATHS:
        service.large_body(path, IDENTITY_IMAGE_BYTES)
    service.on_start(parts.ensure_indexes)
    service.on_start(parts.commands.start)
    service.on_start(parts.hub.start)
    service.job("gateway-lease", every_seconds=GATEWAY_LEASE_RENEW_SECONDS, run=parts.lease.renew)
    service.job("revocations", every_seconds=READ_SECONDS, run=parts.end_revoked)
    service.job("socket-sweep", every_seconds=1, run=parts.edge.sweep)
    service.job("admission", every_seconds=MEASURE_EVERY_SECONDS, run=parts.measure_load)
    service.job("garbage", every_seconds=LOOK_EVERY_SECONDS, run=parts.look_at_garbage)
    service.health.register("admission", parts.admission.check)
    service.health.register("commands", parts.commands.check)
    service.health.register("live", parts.hub.check)
    service.on_drain(parts.edge.drain)
    service.on_stop(parts.close)
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
