import { utf8 } from "../domain/bytes.ts";
import type { EncryptionKey, Settings } from "../env.ts";

type Keys = Settings["encryptionKeys"];

/** What a ciphertext belongs to, `<table>.<column>/<sid>`: AES-GCM authenticates it, so that none can be moved to another row. */
export type Place = string;

const IV_BYTES = 12;

/** @returns bytes as `<key id>.<base64 of iv and ciphertext>`, for a text column. */
export async function encryptText(keys: Keys, place: Place, plaintext: string): Promise<string> {
  const bytes = await encryptBytes(keys.current, place, utf8(plaintext));
  return prefixOf(keys.current) + base64Of(bytes);
}

/** What every text begins with that was encrypted with this key, and no other text does. */
export const prefixOf = (key: EncryptionKey): string => `${key.id}.`;

/** @throws when no known key decrypts it: it was moved, changed, or its key is gone. */
export async function decryptText(keys: Keys, place: Place, ciphertext: string): Promise<string> {
  const [id = "", base64 = ""] = ciphertext.split(".", 2);
  const plaintext = await decryptBytes(keyNamed(keys, id, place), place, bytesOfBase64(base64));
  return new TextDecoder().decode(plaintext);
}

/** @returns iv and ciphertext behind the key's id and a zero byte, for a blob. */
export async function encryptBlob(keys: Keys, place: Place, plaintext: string): Promise<Uint8Array> {
  const bytes = await encryptBytes(keys.current, place, utf8(plaintext));
  const id = utf8(`${keys.current.id}\0`);
  const blob = new Uint8Array(id.length + bytes.length);
  blob.set(id);
  blob.set(bytes, id.length);
  return blob;
}

export async function decryptBlob(keys: Keys, place: Place, blob: Uint8Array): Promise<string> {
  const end = blob.indexOf(0);
  const id = new TextDecoder().decode(blob.subarray(0, end));
  return new TextDecoder().decode(await decryptBytes(keyNamed(keys, id, place), place, blob.slice(end + 1)));
}

function keyNamed(keys: Keys, id: string, place: Place): EncryptionKey {
  const key = [keys.current, keys.previous].find((candidate) => candidate?.id === id);
  if (!key) throw new Error(`${place} was encrypted with a key that is not configured`);
  return key;
}

async function encryptBytes(key: EncryptionKey, place: Place, plaintext: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(place) }, await cryptoKeyOf(key), plaintext);
  const bytes = new Uint8Array(IV_BYTES + ciphertext.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(ciphertext), IV_BYTES);
  return bytes;
}

async function decryptBytes(key: EncryptionKey, place: Place, bytes: Uint8Array): Promise<ArrayBuffer> {
  const algorithm = { name: "AES-GCM", iv: bytes.slice(0, IV_BYTES), additionalData: utf8(place) };
  return crypto.subtle.decrypt(algorithm, await cryptoKeyOf(key), bytes.slice(IV_BYTES));
}

/** Imported once per isolate. The key itself is kept, not its promise, which would belong to the request that made it. */
const imported = new Map<string, CryptoKey>();

async function cryptoKeyOf(key: EncryptionKey): Promise<CryptoKey> {
  const known = imported.get(key.id);
  if (known !== undefined) return known;
  const cryptoKey = await crypto.subtle.importKey("raw", key.bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  imported.set(key.id, cryptoKey);
  return cryptoKey;
}

const base64Of = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const bytesOfBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
