// The path of the first page: `/`, or below a prefix. This file's own address tells it.
export const root = new URL("../../../", import.meta.url).pathname;
