// CloudFront runs this on every request, before it looks into its cache (cloudfront-js-2.0).
//
// A session's cookie becomes Authorization, so that both ways of signing in pass the same authorizer; one that was sent
// is never replaced. What a client says of its way here is dropped, and what is so is said in headers of our own:
// chalicelib/api/viewer.py believes them with the secret that CloudFront adds on the way to the origin.

var COOKIE = 'nezha-dashboard';
var DROPPED = ['forwarded', 'true-client-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-forwarded-for', 'x-forwarded-host'];

function handler(event) {
  var request = event.request;
  var headers = request.headers;
  DROPPED.forEach(function (name) { delete headers[name]; });
  headers['x-nezha-viewer-address'] = { value: event.viewer.ip };
  headers['x-nezha-viewer-host'] = { value: headers.host.value };
  var session = request.cookies[COOKIE];
  if (session && session.value && !headers.authorization) {
    headers.authorization = { value: session.value.replace(/^"|"$/g, '') };
  }
  return request;
}
