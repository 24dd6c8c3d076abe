// Numbers that come and go, in order all the while.

export interface SortedWindow {
  add(value: number): void;
  /** One that was added. */
  remove(value: number): void;
  /** The highest is the first. `undefined`: there are not so many. */
  highest(rank: number): number | undefined;
}

/** @param room how many there are at most */
export function createSortedWindow(room: number): SortedWindow {
  const values = new Float64Array(room);
  let size = 0;
  const placeOf = (value: number): number => {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add(value) {
      const place = placeOf(value);
      values.copyWithin(place + 1, place, size);
      values[place] = value;
      size += 1;
    },
    remove(value) {
      const place = placeOf(value);
      values.copyWithin(place, place + 1, size);
      size -= 1;
    },
    highest: (rank) => (rank < 1 || rank > size ? undefined : values[size - rank]),
  };
}
