// Swagger UI for Parley's own OpenAPI document.
window.SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true });
