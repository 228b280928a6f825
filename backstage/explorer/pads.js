// Two controls that a hand moves: a pad to draw on, and points on a plane. Both draw at once, in the browser, and
// then ask for the picture as all controls do.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const COLORS = ["blue", "orange", "green", "pink"]
const MARKERS = ["M1 0A1 1 0 1 0-1 0A1 1 0 1 0 1 0Z", "M-.9-.9H.9V.9H-.9Z", "M0-1.2L1.2 0 0 1.2-1.2 0Z", "M0-1L1 .9H-1Z"]

function button(name, act) {
    const node = make("button", { type: "button" }, name)
    node.addEventListener("click", act)
    return node
}

/** Keep a number between two others. */
const between = (low, number, high) => Math.max(low, Math.min(number, high))

/** Call `begin`, `move` and `end` for a mouse, a finger or a pen that is down, with places from 0 to 1, wherever it goes. */
function follow(node, { begin, move = begin, end = () => {} }) {
    const place = ({ clientX, clientY }) => {
        const { left, top, width, height } = node.getBoundingClientRect()
        return [(clientX - left) / width, (clientY - top) / height]
    }
    let down = null
    node.addEventListener("pointerdown", event => {
        if (event.button || down !== null) return
        event.preventDefault() // or the page selects text
        down = event.pointerId
        node.setPointerCapture(down)
        begin(place(event), event.target)
    })
    node.addEventListener("pointermove", event => {
        if (event.pointerId !== down) return
        const passed = event.getCoalescedEvents?.() ?? []
        move((passed.length ? passed : [event]).map(place))
    })
    for (const kind of ["pointerup", "pointercancel"]) {
        node.addEventListener(kind, event => {
            if (event.pointerId === down) end(down = null)
        })
    }
}

function drawing({ height, width, label }, id, moved) {
    let ink = new Uint8Array(height * width), at = [width >> 1, height >> 1], last = null
    // Of 32 dots a stroke is between four and five wide, as in scikit-learn's digits; it misses no dot that it is in.
    const brush = Math.max(0.71, height / 14)
    const before = [], line = shape("path"), cursor = shape("circle", { r: brush })
    const paper = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": true }, line, cursor)
    const help = make("span", { id: `${id}-help` }, "Keys: arrows move, space lowers and lifts the pen.")
    const named = { "aria-label": `${label}, a pad to draw on`, "aria-describedby": help.id }
    const pad = make("div", { id, class: "pad", role: "application", tabindex: 0, ...named }, paper)
    const told = make("output")

    const paint = () => {
        let d = ""
        for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
                const from = x
                while (x < width && ink[y * width + x]) x++
                if (x > from) d += `M${from} ${y}h${x - from}v1h${from - x}z`
            }
        }
        line.setAttribute("d", d)
    }
    const dot = (left, top) => {
        for (let y = Math.max(0, Math.floor(top - brush)); y < Math.min(height, top + brush); y++) {
            for (let x = Math.max(0, Math.floor(left - brush)); x < Math.min(width, left + brush); x++) {
                if (Math.hypot(x + 0.5 - left, y + 0.5 - top) <= brush) ink[y * width + x] = 1
            }
        }
    }
    const lineTo = ([x, y]) => { // from where the pen was
        const [fromX, fromY] = last ?? [x, y], steps = Math.ceil(2 * Math.hypot(x - fromX, y - fromY)) || 1
        for (let i = 0; i <= steps; i++) dot(fromX + (x - fromX) * i / steps, fromY + (y - fromY) * i / steps)
        last = [x, y]
    }
    const change = act => {
        act()
        paint()
        moved()
    }
    const stroke = places => change(() => places.forEach(([x, y]) => lineTo([x * width, y * height])))
    const keep = () => before.push(ink.slice())
    const lift = () => { last = null }
    const undo = () => before.length && change(() => {
        lift()
        ink = before.pop()
    })
    const clear = () => change(() => {
        lift()
        keep()
        ink = new Uint8Array(height * width)
    })
    follow(pad, {
        begin: place => {
            pad.focus({ preventScroll: true })
            pad.classList.remove("keys")
            lift()
            keep()
            stroke([place])
        },
        move: stroke,
        end: lift,
    })
    pad.addEventListener("keydown", event => {
        const [x, y] = ARROWS[event.key] ?? [0, 0]
        if (/^z$/i.test(event.key) && (event.ctrlKey || event.metaKey)) {
            event.stopPropagation() // or JupyterLab undoes something of its own
            undo()
        } else if (event.key === " " && last) lift()
        else if (event.key === " ") {
            keep()
            change(() => lineTo(at))
        } else if (!x && !y) return
        event.preventDefault()
        pad.classList.add("keys")
        at = [between(1, at[0] + x, width - 1), between(1, at[1] + y, height - 1)]
        if (last && (x || y)) change(() => lineTo(at))
        furnish(cursor, { cx: at[0], cy: at[1] })
        const under = ink[at[1] * width + at[0]] ? "ink" : "paper"
        told.textContent = `Row ${at[1]}, column ${at[0]}: ${under}, pen ${last ? "down" : "up"}.`
    })
    pad.addEventListener("blur", lift)
    const buttons = make("div", {}, button("Undo", undo), button("Clear", clear), help, told)
    const bits = () => Array.from(ink).join("").padEnd(8 * Math.ceil(ink.length / 8), "0")
    return {
        nodes: [pad, buttons],
        get: () => bits().replace(/.{4}/g, four => parseInt(four, 2).toString(16)),
        set: text => {
            const all = text.replace(/./g, digit => parseInt(digit, 16).toString(2).padStart(4, "0"))
            ink = Uint8Array.from(all.slice(0, height * width), Number)
            paint()
        },
    }
}

function placed({ classes, span, label }, id, moved) {
    let points = [], chosen = 0
    const size = span / 22, told = make("output")
    const plane = shape("svg", { viewBox: `${-span} ${-span} ${2 * span} ${2 * span}` })
    const help = make("span", { id: `${id}-help` }, "Click the plane to add. Keys: Tab goes on, arrows move, Delete deletes.")
    const named = { "aria-label": `${label}, points on a plane`, "aria-describedby": help.id }
    const pad = make("div", { id, class: "pad", role: "application", ...named }, plane)
    const menu = make("select", { "aria-label": `${label}, class of a new point` })
    for (let i = 0; i < classes; i++) menu.append(make("option", {}, `class ${i}`))

    const words = i => `point ${i + 1} of ${points.length}, class ${points[i][2]}, at ${points[i][0]}, ${points[i][1]}`
    const show = i => {
        const [x, y, c] = points[i], node = plane.children[i]
        const transform = `translate(${x} ${-y}) scale(${size})`, style = `fill: var(--${COLORS[c]})`
        furnish(node, { transform, style, d: MARKERS[c], "aria-label": words(i) })
    }
    const rebuild = () => {
        plane.replaceChildren(...points.map(() => shape("path", { tabindex: 0, role: "button" })))
        points.forEach((_, i) => show(i))
    }
    const choose = i => {
        chosen = i
        plane.children[i]?.focus({ preventScroll: true })
    }
    const put = (x, y) => {
        points[chosen] = [...[x, y].map(v => Number(between(-span, v, span).toFixed(2))), points[chosen][2]]
        show(chosen)
        told.textContent = words(chosen)
        moved()
    }
    const add = (x, y) => {
        points.push([0, 0, menu.selectedIndex])
        rebuild()
        choose(points.length - 1)
        put(x, y)
    }
    const remove = () => {
        if (!points.length) return
        points.splice(chosen, 1)
        rebuild()
        choose(Math.min(chosen, points.length - 1))
        told.textContent = `deleted; ${points.length} points are left`
        moved()
    }
    const there = ([x, y]) => [(2 * x - 1) * span, (1 - 2 * y) * span]
    follow(pad, {
        begin: (place, target) => {
            const i = [...plane.children].indexOf(target)
            if (i < 0) add(...there(place))
            else choose(i)
        },
        move: places => put(...there(places.at(-1))),
    })
    plane.addEventListener("focusin", event => { chosen = [...plane.children].indexOf(event.target) })
    plane.addEventListener("keydown", event => {
        const arrow = ARROWS[event.key], step = span / (event.shiftKey ? 5 : 50)
        if (arrow) put(points[chosen][0] + step * arrow[0], points[chosen][1] - step * arrow[1])
        else if (/^(Delete|Backspace)$/.test(event.key)) remove()
        else return
        event.preventDefault()
    })
    const buttons = make("div", {}, menu, button("Add", () => add(0, 0)), button("Delete", remove), help, told)
    return {
        nodes: [pad, buttons],
        get: () => JSON.stringify(points),
        set: text => {
            points = JSON.parse(text)
            rebuild()
        },
    }
}
