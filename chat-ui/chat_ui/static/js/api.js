// Swagger's page over our own document.
window.SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true });
