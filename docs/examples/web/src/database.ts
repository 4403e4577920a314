/**
 * What this device keeps: one IndexedDB store of values by key. Pages and the service worker share
 * it, and so do all tabs.
 */

const STORE = "kept";
let opened: Promise<IDBDatabase> | undefined;

/** The value under `key`. */
export function read<T>(key: string): Promise<T | undefined> {
  return within("readonly", (store) => store.get(key) as IDBRequest<T | undefined>);
}

/** All values whose key begins with `prefix`, by key. */
export function readAll<T>(prefix: string): Promise<T[]> {
  return within("readonly", (store) => store.getAll(beginningWith(prefix)) as IDBRequest<T[]>);
}

/** Keeps `value` under `key`. */
export async function write(key: string, value: unknown): Promise<void> {
  await within("readwrite", (store) => store.put(value, key));
}

/**
 * Keeps what `change` makes of the value under `key`; what it was before. Where there is none, as
 * another tab may have forgotten it, there is none afterwards either.
 */
export function update<T>(key: string, change: (value: T) => T): Promise<T | undefined> {
  return within("readwrite", (store) => {
    const request = store.get(key) as IDBRequest<T | undefined>;
    request.onsuccess = () => {
      if (request.result !== undefined) store.put(change(request.result), key);
    };
    return request;
  });
}

/** Forgets every key that begins with `prefix`; "" forgets everything. */
export async function forget(prefix: string): Promise<void> {
  await within("readwrite", (store) => store.delete(beginningWith(prefix)));
}

function beginningWith(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, prefix + "\uffff");
}

async function within<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await (opened ??= open());
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = ask(transaction.objectStore(STORE));
    // Done when the transaction is, not the request: only then is a write really kept.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
  });
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("artist-booking", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no database"));
  });
}
