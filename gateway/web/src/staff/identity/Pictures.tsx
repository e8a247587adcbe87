/** Face and document side by side, each as large as wanted. */
import { Center, Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import { Failure } from "../app/Failure";
import { Icon } from "../live/icons";
import styles from "./identity.module.css";
import { usePicture, type Identity, type Image } from "./queries";
import { useWords } from "./texts";

const IMAGES: readonly Image[] = ["face", "document"];

/** `seen`: told of each picture once it is drawn, not only fetched. */
export function Pictures({ identity, seen }: { identity: Identity; seen?: (image: Image) => void }) {
  const [large, setLarge] = useState<Image | null>(null);
  return (
    <div className={styles.pictures}>
      {IMAGES.filter((image) => large === null || large === image).map((image) => (
        <Picture key={image} identity={identity} image={image} large={large === image} seen={seen} turn={() => setLarge(large === image ? null : image)} />
      ))}
    </div>
  );
}

interface Props {
  identity: Identity;
  image: Image;
  large: boolean;
  seen: ((image: Image) => void) | undefined;
  turn: () => void;
}

function Picture({ identity, image, large, seen, turn }: Props) {
  const t = useWords();
  const picture = usePicture(identity, image);
  const address = useAddress(picture.data);
  const name = t(`identity.${image}`);
  return (
    <figure className={styles.picture} data-large={large || undefined}>
      <figcaption className={styles.caption}>{name}</figcaption>
      {picture.isError && <Failure error={picture.error} retry={() => void picture.refetch()} />}
      {address === null ? (
        !picture.isError && (
          <Center className={styles.coming}>
            <Loader role="status" aria-label={name} />
          </Center>
        )
      ) : (
        <button type="button" className={styles.enlarge} aria-label={t(large ? "identity.shrink" : "identity.enlarge", { image: name })} onClick={turn}>
          <img src={address} alt={t("identity.picture-of", { image: name, name: identity.name })} onLoad={() => seen?.(image)} />
          <span className={styles.sign}>
            <Icon name={large ? "cross" : "search"} />
          </span>
        </button>
      )}
    </figure>
  );
}

/** An address for as long as the picture is shown; afterwards nothing of it stays in the page. */
function useAddress(blob: Blob | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (blob === undefined) return;
    const made = URL.createObjectURL(blob);
    // The address is made and revoked with what it stands for, so it cannot be made while rendering.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setAddress(made);
    return () => {
      URL.revokeObjectURL(made);
      setAddress(null);
    };
  }, [blob]);
  return address;
}
