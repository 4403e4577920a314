/**
 * Storage on this device: one IndexedDB object store of values by key, shared by all tabs and the
 * service worker.
 */

const STORE = "kept";
let connection: Promise<IDBDatabase> | undefined;

/** Return the value stored under `key`. */
export function read<T>(key: string): Promise<T | undefined> {
  return transact("readonly", (store) => store.get(key) as IDBRequest<T | undefined>);
}

/** Return all values whose key begins with `prefix`, ordered by key. */
export function readAll<T>(prefix: string): Promise<T[]> {
  return transact("readonly", (store) => store.getAll(keysWithPrefix(prefix)) as IDBRequest<T[]>);
}

/** Store `value` under `key`. */
export async function write(key: string, value: unknown): Promise<void> {
  await transact("readwrite", (store) => store.put(value, key));
}

/**
 * Replace the value under `key` with the result of `change`, and return the previous value.
 *
 * Nothing is stored if there is no value, because another tab may have deleted it.
 */
export function update<T>(key: string, change: (value: T) => T): Promise<T | undefined> {
  return transact("readwrite", (store) => {
    const request = store.get(key) as IDBRequest<T | undefined>;
    request.onsuccess = () => {
      if (request.result !== undefined) store.put(change(request.result), key);
    };
    return request;
  });
}

/** Delete every key that begins with `prefix`; "" deletes everything. */
export async function remove(prefix: string): Promise<void> {
  await transact("readwrite", (store) => store.delete(keysWithPrefix(prefix)));
}

function keysWithPrefix(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, prefix + "\uffff");
}

async function transact<T>(
  mode: IDBTransactionMode,
  start: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await (connection ??= open());
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = start(transaction.objectStore(STORE));
    // Resolve when the transaction completes, not the request: only then is a write durable.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () =>
      reject(transaction.error ?? new Error("The value could not be stored."));
  });
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("artist-booking", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The database could not be opened."));
  });
}
