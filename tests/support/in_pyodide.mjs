// Run a Python file in Pyodide, which knows the course as the folder of that name: node in_pyodide.mjs PYODIDE COURSE FILE
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const [folder, course, file] = process.argv.slice(2)
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`))
const pyodide = await loadPyodide()
pyodide.FS.mkdir("/course")
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: course }, "/course")
pyodide.runPython(readFileSync(file, "utf-8"))
