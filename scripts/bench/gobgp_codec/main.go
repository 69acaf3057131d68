// Times GoBGP's codec on the messages it is given: one JSON object a line on stdin, of a name, the
// bytes in hex and whether prefixes have path identifiers; one line of JSON for each on stdout, in
// nanoseconds for one message. The best of several rounds, as other work only ever makes one slower.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
)

type message struct {
	Name    string `json:"name"`
	Hex     string `json:"hex"`
	AddPath bool   `json:"addPath"`
}

type figure struct {
	Name   string  `json:"name"`
	Encode float64 `json:"encode"`
	Decode float64 `json:"decode"`
	// Whether what is written are the bytes that were read.
	Same bool `json:"same"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var m message
		must(json.Unmarshal(lines.Bytes(), &m))
		raw, err := hex.DecodeString(m.Hex)
		must(err)
		options := &bgp.MarshallingOption{}
		if m.AddPath {
			both := bgp.BGP_ADD_PATH_BOTH
			options.AddPath = map[bgp.RouteFamily]bgp.BGPAddPathMode{
				bgp.RF_IPv4_UC: both, bgp.RF_IPv6_UC: both,
			}
		}
		parsed, err := bgp.ParseBGPMessage(raw, options)
		must(err)
		written, err := parsed.Serialize(options)
		must(err)
		must(out.Encode(figure{
			Name:   m.Name,
			Decode: best(func() { _, _ = bgp.ParseBGPMessage(raw, options) }),
			Encode: best(func() { _, _ = parsed.Serialize(options) }),
			Same:   bytes.Equal(written, raw),
		}))
	}
	must(lines.Err())
}

// Nanoseconds of one call: the least mean over rounds of about 2 ms, which are left alone now and
// then also on a busy machine.
func best(call func()) float64 {
	count := 1
	for elapsed(call, count) < time.Millisecond {
		count *= 2
	}
	least := float64(elapsed(call, count))
	for i := 0; i < 100; i++ {
		least = min(least, float64(elapsed(call, count)))
	}
	return least / float64(count)
}

func elapsed(call func(), count int) time.Duration {
	start := time.Now()
	for i := 0; i < count; i++ {
		call()
	}
	return time.Since(start)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
