// Below explorer.js on a page: mounts each recording (recording.py says what is in it), and answers its controls.

function value(columns, number, places) {
    const { picks, of, times, plus, by, values } = columns[number]
    if (values) return values[by.reduce((sum, step, i) => sum + step * places[i], 0)]
    if (of.length) return value(columns, of[places[picks]], places)
    return Math.round(10 * (plus + times * value(columns, of, places))) / 10
}

function answer({ spec, columns, varying }, values) {
    const now = structuredClone(spec.now)
    const places = spec.controls.map(({ name, grid }) => (grid ? grid.indexOf(values[name]) : Number(values[name])))
    for (const [way, parts] of varying) {
        const found = parts.map(part => (typeof part === "string" ? part : value(columns, part, places)))
        const inside = way.slice(0, -1).reduce((node, key) => node[key], now)
        inside[way.at(-1)] = found.length > 1 ? found.join("") : found[0]
    }
    return now
}

for (const place of document.querySelectorAll(".recording")) {
    const recording = JSON.parse(place.firstElementChild.textContent)
    let shown = recording.spec.now.pictures.map(picture => picture.svg)
    mount(place, recording.spec, async values => {
        const now = answer(recording, values)
        const svgs = now.pictures.map(picture => picture.svg)
        now.pictures.forEach((picture, i) => { if (picture.svg === shown[i]) delete picture.svg })
        shown = svgs
        return now
    })
}

// What is wider than the page scrolls, also by keyboard.
const watch = new ResizeObserver(entries => entries.forEach(({ target }) => {
    target.toggleAttribute("tabindex", false)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
}))
document.querySelectorAll("pre, .wide").forEach(node => watch.observe(node))
