"""enrollment-svc: who has a place in which session, and the directory they come from."""

from chassis.service import Service
from contracts.limits import IDENTITY_IMAGE_BYTES, IMPORT_FILE_BYTES
from contracts.session import SESSION_EVENTS
from contracts.topics import topic_named
from enrollment_svc import handlers, jobs
from enrollment_svc.api import directory as directory_api
from enrollment_svc.api import identity as identity_api
from enrollment_svc.api import imports as imports_api
from enrollment_svc.api import participants as participants_api
from enrollment_svc.service.admission import Admission
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.directory import Directory
from enrollment_svc.service.enrolling import Enrolling
from enrollment_svc.service.importing import Importing
from enrollment_svc.service.imports import Imports
from enrollment_svc.service.inviting import Inviting
from enrollment_svc.service.joining import Joining
from enrollment_svc.service.retention import Retention
from enrollment_svc.service.verification import Verification
from enrollment_svc.settings import Settings
from enrollment_svc.store.directory import DirectoryStore
from enrollment_svc.store.images import images_of
from enrollment_svc.store.imports import ImportStore
from enrollment_svc.store.participants import EnrollmentStore
from enrollment_svc.store.pictures import PictureStore


def build(settings: Settings) -> Service:
    service = Service("enrollment-svc", settings)
    store, people, files = EnrollmentStore(service.mongo), DirectoryStore(service.mongo), ImportStore(service.mongo)
    desk = Desk(store, service.clock, service.relay(store.participants))
    joining, enrolling = Joining(desk), Enrolling(desk)
    imports = Imports(desk, people, files)
    pictures, images = PictureStore(service.mongo), images_of(settings)
    for ensure in (store.ensure_indexes, people.ensure_indexes, files.ensure_indexes, pictures.ensure_indexes):
        service.on_start(ensure)
    service.consume(handlers.facts(joining), [topic_named(SESSION_EVENTS)])
    service.large_body("/v1/imports", IMPORT_FILE_BYTES)
    for path in identity_api.UPLOAD_PATHS:
        service.large_body(path, IDENTITY_IMAGE_BYTES)
    service.api(participants_api.router(enrolling, Inviting(desk), joining, Admission(desk)))
    service.api(directory_api.router(Directory(people, service.clock), imports))
    service.api(imports_api.router(imports))
    service.api(identity_api.router(Verification(desk, joining, pictures, images)))
    jobs.declare(service, Importing(desk, enrolling, people, files), Retention(desk, pictures, images))
    service.health.register("images", images.check)
    service.on_stop(images.close)
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
