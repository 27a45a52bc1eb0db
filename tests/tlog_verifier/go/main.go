// Checks a tiled log (c2sp.org/tlog-tiles) that it reads over HTTP, with the code of Go's checksum
// database and none of the server's: what the server says of itself is seen by somebody else.
//
//	tlog_verifier -url http://127.0.0.1:7071/tlog -vkey name+id+key [-old FILE]
//
// It checks the checkpoint's signature; every tile on the way to every entry; every entry against
// its hash; the root once more from the entries alone; and, with -old, that the log begins with the
// log of that checkpoint. What it read and checked it prints; what is wrong is one line on stderr
// and exit code 1.
package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxBytes   = tileWidth * (2 + 65535) // the largest bundle
)

// client reads what a log serves.
type client struct {
	url  string
	http http.Client
	read int // files
}

func (c *client) get(path string) ([]byte, error) {
	reply, err := c.http.Get(c.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, reply.Status)
	}
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(body) > maxBytes {
		return nil, fmt.Errorf("%s: too long", path)
	}
	c.read++
	return body, nil
}

// indexPath writes 1234067 as x001/x234/067.
func indexPath(index int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	return path
}

func withWidth(path string, width int) string {
	if width == tileWidth {
		return path
	}
	return fmt.Sprintf("%s.p/%d", path, width)
}

// Height, ReadTiles and SaveTiles make a client a tlog.TileReader.
func (c *client) Height() int { return tileHeight }

func (c *client) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		path := fmt.Sprintf("tile/%d/%s", tile.L, indexPath(tile.N))
		if data[i], err = c.get(withWidth(path, tile.W)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (c *client) SaveTiles([]tlog.Tile, [][]byte) {}

// open reads a checkpoint that the key has signed.
func open(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	var none tlog.Tree
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return none, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return none, errors.New("checkpoint: not of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return none, errors.New("checkpoint: no size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return none, fmt.Errorf("checkpoint: %w", err)
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// takeEntry takes the first entry off a bundle.
func takeEntry(bundle []byte) (entry, rest []byte, err error) {
	if len(bundle) < 2 {
		return nil, nil, errors.New("ends within a length")
	}
	size := 2 + int(binary.BigEndian.Uint16(bundle))
	if len(bundle) < size {
		return nil, nil, errors.New("ends within an entry")
	}
	return bundle[2:size], bundle[size:], nil
}

// edge holds the complete subtrees that the entries so far are made of, and makes the root of the
// entries alone.
type edge []struct {
	level int
	hash  tlog.Hash
}

func (e *edge) add(hash tlog.Hash) {
	level := 0
	for n := len(*e); n > 0 && (*e)[n-1].level == level; n = len(*e) {
		hash = tlog.NodeHash((*e)[n-1].hash, hash)
		*e = (*e)[:n-1]
		level++
	}
	*e = append(*e, struct {
		level int
		hash  tlog.Hash
	}{level, hash})
}

func (e edge) root() tlog.Hash {
	hash := e[len(e)-1].hash
	for i := len(e) - 2; i >= 0; i-- {
		hash = tlog.NodeHash(e[i].hash, hash)
	}
	return hash
}

// checkBundle checks the entries from first on, width of them.
func checkBundle(c *client, reader tlog.HashReader, first int64, width int, own *edge) error {
	path := withWidth("tile/entries/"+indexPath(first/tileWidth), width)
	bundle, err := c.get(path)
	if err != nil {
		return err
	}
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return fmt.Errorf("the hashes of %s: %w", path, err)
	}
	for i, hash := range hashes {
		var entry []byte
		if entry, bundle, err = takeEntry(bundle); err != nil {
			return fmt.Errorf("entry %d: %s: %w", first+int64(i), path, err)
		}
		if tlog.RecordHash(entry) != hash {
			return fmt.Errorf("entry %d is not the one that was logged", first+int64(i))
		}
		own.add(tlog.RecordHash(entry))
	}
	if len(bundle) != 0 {
		return fmt.Errorf("%s: more than its entries", path)
	}
	return nil
}

func checkEntries(c *client, tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, c)
	var own edge
	for first := int64(0); first < tree.N; first += tileWidth {
		width := tileWidth
		if tree.N-first < tileWidth {
			width = int(tree.N - first)
		}
		if err := checkBundle(c, reader, first, width, &own); err != nil {
			return err
		}
	}
	if tree.N > 0 && own.root() != tree.Hash {
		return errors.New("the entries have another root")
	}
	return nil
}

func checkOld(c *client, tree, old tlog.Tree) error {
	if old.N == 0 {
		return nil
	}
	if old.N > tree.N {
		return fmt.Errorf("the log has %d entries; it had %d", tree.N, old.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, c))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("the log does not begin with the log of %d entries: %w", old.N, err)
	}
	return nil
}

func run(url, vkey, oldFile string, out io.Writer) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	c := &client{url: strings.TrimRight(url, "/"), http: http.Client{Timeout: 30 * time.Second}}
	signed, err := c.get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(signed, verifier)
	if err != nil {
		return err
	}
	if oldFile != "" {
		kept, err := os.ReadFile(oldFile)
		if err != nil {
			return err
		}
		old, err := open(kept, verifier)
		if err != nil {
			return fmt.Errorf("%s: %w", oldFile, err)
		}
		if err := checkOld(c, tree, old); err != nil {
			return err
		}
		fmt.Fprintf(out, "begins with the log of %d entries\n", old.N)
	}
	if err := checkEntries(c, tree); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d entries, root %s: all checked, %d files read\n", verifier.Name(), tree.N, tree.Hash, c.read)
	return nil
}

func main() {
	url := flag.String("url", "", "where the log is served")
	vkey := flag.String("vkey", "", "the log's public key: name+id+base64")
	old := flag.String("old", "", "file with an older checkpoint of the log")
	flag.Parse()
	if *url == "" || *vkey == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*url, *vkey, *old, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tlog_verifier:", err)
		os.Exit(1)
	}
}
