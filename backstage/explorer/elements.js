// What the browser's parts are made with.

function furnish(node, attributes = {}, ...inside) {
    for (const name in attributes) node.setAttribute(name, attributes[name])
    node.append(...inside)
    return node
}
const make = (tag, ...parts) => furnish(document.createElement(tag), ...parts)
const shape = (tag, ...parts) => furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), ...parts)

