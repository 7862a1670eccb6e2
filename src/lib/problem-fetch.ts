/**
 * `fetch` that gives problem documents (RFC 9457, `application/problem+json`) as plain JSON: oRPC's client reads a body of a
 * content type it does not know as a file.
 */
export async function problemFetch(request: Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(request, init);
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return response;
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
