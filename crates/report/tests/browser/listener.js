window.problems = [];
addEventListener("error", (event) => problems.push(`script: ${event.message}`));
addEventListener("unhandledrejection", (event) => problems.push(`promise: ${event.reason}`));
