// Below asking.js on a page: the questions are asked, and this browser keeps what was chosen first.

for (const root of document.querySelectorAll(".guess")) {
    const key = `guess ${root.dataset.name}`
    const names = [...root.querySelectorAll("summary")].map(node => node.textContent) // places may change one day
    let first = null
    try {
        const { choice, sure } = JSON.parse(localStorage[key])
        if (choice === null || names.includes(choice)) first = { choice: choice && names.indexOf(choice), sure }
    } catch {} // none yet, or a browser that keeps nothing
    ask(root, first, ({ choice, sure }) => {
        try {
            localStorage[key] ??= JSON.stringify({ choice: choice === null ? null : names[choice], sure })
        } catch {}
    })
}
