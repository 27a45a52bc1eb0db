// A witness (c2sp.org/tlog-witness) for one log, with none of the server's code: it cosigns what
// continues the tree that it saw last, and nothing else.
//
//	witness -vkey name+id+key
//
// It prints its URL and its public key on one line, remembers in memory, and serves until it is
// killed.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	name          = "witness.example/go"
	cosignature   = 4 // the kind of signature
	maxProof      = 63
	maxBody       = 1 << 20
	statusTooFast = http.StatusConflict
)

type witness struct {
	log    note.Verifier
	key    ed25519.PrivateKey
	public []byte // kind and key
	id     [4]byte

	mutex  sync.Mutex // guards what follows
	latest tlog.Tree
}

func newWitness(vkey string) (*witness, error) {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	w := &witness{log: log, key: key, public: append([]byte{cosignature}, public...)}
	sum := sha256.Sum256(append([]byte(name+"\n"), w.public...))
	copy(w.id[:], sum[:])
	return w, nil
}

func (w *witness) vkey() string {
	return fmt.Sprintf("%s+%x+%s", name, w.id, base64.StdEncoding.EncodeToString(w.public))
}

// request is an add-checkpoint.
type request struct {
	old   int64
	proof tlog.TreeProof
	text  string // of the note, signed by the log
	tree  tlog.Tree
}

var errUnknown = errors.New("not a log of mine")

func (w *witness) parse(body string) (*request, error) {
	head, signed, found := strings.Cut(body, "\n\n")
	if !found {
		return nil, errors.New("no empty line")
	}
	lines := strings.Split(head, "\n")
	size, isOld := strings.TrimPrefix(lines[0], "old "), strings.HasPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(size, 10, 64)
	if !isOld || err != nil || old < 0 || len(lines)-1 > maxProof {
		return nil, errors.New("no old size")
	}
	r := &request{old: old}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		r.proof = append(r.proof, hash)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(w.log))
	if err != nil {
		return nil, errUnknown
	}
	r.text = opened.Text
	parts := strings.Split(opened.Text, "\n")
	if len(parts) < 4 || parts[0] != w.log.Name() {
		return nil, errUnknown
	}
	if r.tree.N, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return nil, err
	}
	if r.tree.Hash, err = tlog.ParseHash(parts[2]); err != nil {
		return nil, err
	}
	return r, nil
}

func (w *witness) cosign(text string) string {
	now := time.Now().Unix()
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", now, text)
	line := binary.BigEndian.AppendUint64(append([]byte{}, w.id[:]...), uint64(now))
	line = append(line, ed25519.Sign(w.key, []byte(message))...)
	return fmt.Sprintf("— %s %s\n", name, base64.StdEncoding.EncodeToString(line))
}

func (w *witness) add(reply http.ResponseWriter, asked *http.Request) {
	body, err := io.ReadAll(io.LimitReader(asked.Body, maxBody))
	if err != nil {
		return
	}
	r, err := w.parse(string(body))
	if errors.Is(err, errUnknown) {
		http.Error(reply, err.Error(), http.StatusForbidden)
		return
	}
	if err != nil || r.old > r.tree.N {
		http.Error(reply, fmt.Sprint("malformed: ", err), http.StatusBadRequest)
		return
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if r.old != w.latest.N || (r.tree.N == w.latest.N && r.tree.Hash != w.latest.Hash) {
		reply.Header().Set("Content-Type", "text/x.tlog.size")
		reply.WriteHeader(http.StatusConflict)
		fmt.Fprintf(reply, "%d\n", w.latest.N)
		return
	}
	if r.old > 0 && r.old < r.tree.N {
		if err := tlog.CheckTree(r.proof, r.tree.N, r.tree.Hash, r.old, w.latest.Hash); err != nil {
			http.Error(reply, "this does not continue what I saw", http.StatusUnprocessableEntity)
			return
		}
	}
	w.latest = r.tree
	fmt.Fprint(reply, w.cosign(r.text))
}

func main() {
	vkey := flag.String("vkey", "", "the log's public key")
	flag.Parse()
	w, err := newWitness(*vkey)
	if err != nil {
		fmt.Fprintln(os.Stderr, "witness:", err)
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "witness:", err)
		os.Exit(1)
	}
	http.HandleFunc("/add-checkpoint", w.add)
	fmt.Printf("http://%s=%s\n", listener.Addr(), w.vkey())
	fmt.Fprintln(os.Stderr, http.Serve(listener, nil))
}
