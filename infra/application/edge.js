// CloudFront runs this on every request, before it looks in its cache (cloudfront-js-2.0).
//
// A session cookie becomes the Authorization header, so that both ways of signing in pass the same authorizer; a header
// that was sent is never replaced. Forwarding headers that a client sends are dropped. The viewer's address and host are
// passed on in headers of our own, which chalicelib/api/viewer.py trusts because of the secret that CloudFront adds.

// The first takes precedence over the second, as in chalicelib/api/cookies.py.
var COOKIES = ['__Host-nezha-dashboard', 'nezha-dashboard'];
var DROPPED = ['forwarded', 'true-client-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-forwarded-for', 'x-forwarded-host'];

function handler(event) {
  var request = event.request;
  var headers = request.headers;
  DROPPED.forEach(function (name) { delete headers[name]; });
  headers['x-nezha-viewer-address'] = { value: event.viewer.ip };
  headers['x-nezha-viewer-host'] = { value: headers.host.value };
  var session = request.cookies[COOKIES[0]] || request.cookies[COOKIES[1]];
  if (session && session.value && !headers.authorization) {
    headers.authorization = { value: session.value.replace(/^"|"$/g, '') };
  }
  return request;
}
