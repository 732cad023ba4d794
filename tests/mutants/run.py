#!/usr/bin/env python3
"""Breaks the program in one place at a time and asks the tests whether they notice.

Usage: tests/mutants/run.py [--list] [NAME…]      (from the root of a checkout; builds in a copy of its own)

mutants.txt holds the list: blocks of lines, an empty line between them:

    name: shows-run-slice
    file: app/session/run-list.c
    -: the text as it stands, once in the file (several lines: one "-:" each)
    +: what replaces it
    tests: run-list study          (names as `meson test --list` has them, without the suite)

A mutant is caught when it does not build or one of its tests fails. Exit status: 0 when all were caught, 1 when some
were not, 2 when the list does not fit the tree.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))


def read_list():
    mutants = []
    with open(os.path.join(here, 'mutants.txt'), encoding='utf-8') as f:
        blocks = [b for b in f.read().split('\n\n') if b.strip()]
    for block in blocks:
        lines = [line for line in block.splitlines() if not line.startswith('#')]
        if not lines:
            continue
        part = lambda key: [line[len(key) + 2:] for line in lines if line == key + ':' or line.startswith(key + ': ')]
        mutants.append({'name': part('name')[0], 'file': part('file')[0], 'old': '\n'.join(part('-')),
                        'new': '\n'.join(part('+')), 'tests': part('tests')[0].split()})
    return mutants


def fitting(mutants):
    """Those whose text stands once in their file; the others are named."""
    bad = 0
    for m in mutants:
        with open(os.path.join(root, m['file']), encoding='utf-8') as f:
            n = f.read().count(m['old'])
        if n != 1 or m['old'] == m['new']:
            print(f"{m['name']}: its text stands {n} times in {m['file']}, expected once", file=sys.stderr)
            bad += 1
    return bad == 0


def run(arguments, folder, limit=600):
    try:
        return subprocess.run(arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=limit).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def programs(build, names):
    """What has to be built for these tests, as ninja knows it: all the rest would be linked for nothing."""
    ask = lambda what: json.loads(subprocess.run(['meson', 'introspect', build, what], stdout=subprocess.PIPE,
                                                 check=True).stdout)
    files = {t['id']: [os.path.relpath(f, build) for f in t['filename']] for t in ask('--targets')}
    return sorted({f for t in ask('--tests') if t['name'] in names for d in t['depends'] for f in files[d]})


def main():
    names = [a for a in sys.argv[1:] if not a.startswith('--')]
    mutants = [m for m in read_list() if not names or m['name'] in names]
    if not mutants or not fitting(mutants):
        return 2
    if '--list' in sys.argv:
        print('\n'.join(m['name'] for m in mutants))
        return 0
    copy = tempfile.mkdtemp(prefix='mutants-')
    try:
        files = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=root,
                               stdout=subprocess.PIPE, check=True).stdout.decode().split('\0')
        for name in files:
            if name and os.path.exists(os.path.join(root, name)):
                os.makedirs(os.path.join(copy, os.path.dirname(name)), exist_ok=True)
                shutil.copy2(os.path.join(root, name), os.path.join(copy, name))
        build = os.path.join(copy, '_build')
        if not run(['meson', 'setup', build, '-Dcuda=disabled'], copy) or not run(['ninja', '-C', build], copy, 3600):
            print('the tree does not build', file=sys.stderr)
            return 2
        tests = sorted({t for m in mutants for t in m['tests']})
        if not run(['meson', 'test', '-C', build, '--no-rebuild'] + tests, copy, 3600):
            print('the tests of the list fail without any mutant', file=sys.stderr)
            return 2
        caught = 0
        for m in mutants:
            path = os.path.join(copy, m['file'])
            with open(path, encoding='utf-8') as f:
                text = f.read()
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text.replace(m['old'], m['new']))
            built = run(['ninja', '-C', build] + programs(build, m['tests']), copy, 3600)
            is_caught = not built or not run(['meson', 'test', '-C', build, '--no-rebuild'] + m['tests'], copy)
            caught += is_caught
            print(f"{'caught' if is_caught else 'NOT CAUGHT'}  {m['name']}  ({m['file']})"
                  f"{'' if built else '  by the compiler'}", flush=True)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
        print(f'{caught} of {len(mutants)} mutants were caught')
        return 0 if caught == len(mutants) else 1
    finally:
        shutil.rmtree(copy, ignore_errors=True)


sys.exit(main())
