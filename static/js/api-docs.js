// Shows the description of the API; what is tried out here is sent as the one who is logged in.
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
