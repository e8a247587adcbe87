"""Environment of enrollment-svc: beyond what every service reads, where pictures of faces and documents are kept."""

from pathlib import Path

from pydantic import Field, SecretStr

from chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """Pictures go to the bucket when one is named, else into the directory. Without either, or without a key, sessions
    that verify identities cannot take pictures in, and health says so.
    """

    images_key_file: Path | None = Field(
        default=None,
        description="Keys that encrypt pictures, one a line, 32 bytes each in base64: the first encrypts, all decrypt",
    )
    images_directory: Path | None = Field(
        default=None, description="For one replica, or several that share a file system"
    )
    images_bucket: str = ""
    images_endpoint: str = Field(default="", description="Of an S3-compatible store; empty for Amazon's own")
    images_region: str = "us-east-1"
    images_access_key_id: str = ""
    images_secret_access_key: SecretStr = SecretStr("")
