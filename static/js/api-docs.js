// Shows the documentation of the API; requests that are tried out here are sent as the logged-in user.
(() => {
  "use strict";
  const place = document.getElementById("api-docs");
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schemaUrl,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor(request) {
      const ours = new URL(request.url, window.location).origin === window.location.origin;
      if (ours && token()) request.headers["X-CSRFToken"] = token();
      return request;
    },
  });
})();
