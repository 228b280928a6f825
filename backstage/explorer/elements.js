// What the browser's parts are made with.

function make(tag, attributes = {}, ...inside) {
    const node = document.createElement(tag)
    for (const name in attributes) node.setAttribute(name, attributes[name])
    node.append(...inside)
    return node
}

