# SPDX-License-Identifier: MIT
# Completion of custmetrics for bash. Knows no command, flag, KPI or option: it asks the program, whose
# --help has one term a line and whose JSON has one KPI, option or table a line. What the functions
# below take from _custmetrics: program, help, command, kpi.

# What a pattern of sed -E catches in the lines of --help, or of the KPI's description.
_custmetrics_help() { sed -nE "s/^  $1.*/\1/p" <<<"$help"; }
_custmetrics_describe() { "$program" describe "$kpi" --json 2>/dev/null | sed -nE "s/^ *\{$1.*/\1/p"; }
_custmetrics_list() { "$program" list --json 2>/dev/null | sed -nE "s/$1/\1/p" | tr ' ,' '\n\n' | sort -u; }

# Names of the side tables: the line NAME of --help.
_custmetrics_side_tables() { _custmetrics_help 'NAME +(.*)' | tr -d ',' | tr ' ' '\n'; }
_custmetrics_tables() {
    _custmetrics_help '--([a-z_]+) F '
    _custmetrics_side_tables
}

# Words for the value of a flag, by what --help calls it; FILES for files.
_custmetrics_flag_words() { # VALUE
    case $1 in
    F | FILE | STATE) echo FILES ;;
    *'|'*) tr '|' '\n' <<<"$1" ;;
    T) [ -z "$kpi" ] || _custmetrics_describe '"name": "([^"]*)", "doc"' ;;
    NAME=F) _custmetrics_side_tables | sed 's/$/=/' ;;
    TABLE.*) _custmetrics_tables | sed 's/$/./' ;;
    esac
}

# Words behind NAME= of an option: its choices.
_custmetrics_option_words() { # NAME
    if [ "$command" = list ]; then
        _custmetrics_list '.*"goals": "([^"]*)".*'
    elif [ "$(_custmetrics_describe "\"name\": \"$1\", \"type\": \"([^\"]*)\"")" = bool ]; then
        printf 'true\nfalse\n'
    else
        _custmetrics_describe "\"name\": \"$1\", .*\"range\": \"([^\"]*\|[^\"]*)\"" | tr '|' '\n' | tr -d '!'
    fi
}

# Words for `cur` where no flag awaits a value.
_custmetrics_words() {
    local usage
    usage=$(_custmetrics_help "custmetrics $command (.*)")
    if [[ $cur == -* ]]; then
        _custmetrics_help '(-[-a-z]+)'
    elif [ -z "$command" ]; then
        _custmetrics_help 'custmetrics ([a-z]+)'
    elif [[ $cur == *=* ]]; then
        _custmetrics_option_words "${cur%%=*}"
    elif [[ $usage == KPI* && -z $kpi ]]; then
        _custmetrics_list '^\{"id": "([^"]*)".*'
    elif [[ $usage == KPI*NAME=VALUE* ]]; then
        _custmetrics_describe '"name": "([^"]*)", "type": "[^"]*", "default"' | sed 's/$/=/'
    elif [[ $usage == *goal=* ]]; then
        echo goal=
    else
        echo FILES
    fi
}

_custmetrics() {
    local program=$1 line=${COMP_LINE:0:COMP_POINT} cur='' command='' kpi='' value='' prefix='' help words word found
    local odd='*[^-a-z0-9_.]*' # no name is like that
    COMPREPLY=()
    help=$("$program" --help 2>/dev/null)
    read -ra words <<<"$line"
    if [[ $line != *[[:space:]] ]]; then
        cur=${words[-1]}
        unset 'words[-1]'
    fi
    # The command, and the first word behind it; `value` is what the last flag still waits for.
    for word in "${words[@]:1}"; do
        if [ -n "$value" ]; then
            value=
        elif [[ $word == -* ]]; then
            # shellcheck disable=SC2053
            [[ $word == $odd ]] || value=$(_custmetrics_help "$word ([^ ]+) ")
        elif [[ $word == *[^a-z0-9_]* ]]; then
            continue # an option, or a file
        elif [ -z "$command" ]; then
            command=$word
        elif [ -z "$kpi" ]; then
            kpi=$word
        fi
    done
    # shellcheck disable=SC2053
    [[ ${cur%%=*} != $odd ]] || return
    [[ $cur != *=* ]] || prefix=${cur%%=*}=

    if [ "$value" = NAME=F ] && [ -n "$prefix" ]; then
        found=FILES
    elif [ -n "$value" ]; then
        prefix=
        found=$(_custmetrics_flag_words "$value")
    else
        found=$(_custmetrics_words)
    fi
    if [ "$found" = FILES ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "${cur#"$prefix"}")
    else
        mapfile -t COMPREPLY < <(compgen -W "$found" -- "${cur#"$prefix"}")
        [[ ${COMPREPLY[0]-} != *[=.] ]] || compopt -o nospace 2>/dev/null
    fi
    # Bash replaces what stands behind the last = itself, unless = ends no word for it.
    if [[ -n $prefix && ${#COMPREPLY[@]} -gt 0 && $COMP_WORDBREAKS != *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
    fi
}
complete -F _custmetrics custmetrics
