#!/bin/sh
# Builds decode.wasm and encode.wasm, and writes their check sums.
# Usage: build.sh TARBALL, the source of libjpeg-turbo 2.1.5; CLANG and WASI name other places of the tools.
set -eu
echo "254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c  $1" | sha256sum -c - >/dev/null
own=$(cd "$(dirname "$0")" && pwd)
clang=${CLANG:-clang-16}
wasi=${WASI:-/usr}
objects=$(mktemp -d)
trap 'rm -r "$objects"' EXIT
tar -xzf "$1" -C "$objects" --strip-components=1
turbo=$objects

flags="--target=wasm32-wasi -isystem $wasi/include/wasm32-wasi -I$own -I$turbo -O3 -msimd128 -mbulk-memory -fno-strict-aliasing -DNDEBUG -w"

compile() { # NAME.c, other flags
  file=$1
  shift
  case $file in
    /*) ;;
    *) file=$turbo/$file ;;
  esac
  "$clang" $flags "$@" -c "$file" -o "$objects/$(basename "$file" .c).o"
}

link() { # NAME.wasm, objects
  out=$1
  shift
  list=
  for each in "$@"; do list="$list $objects/$each.o"; done
  "$clang" --target=wasm32-wasi -nostdlib -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all -Wl,--stack-first \
    -Wl,-z,stack-size=65536 -Wl,--allow-undefined-file=/dev/null $list -L"$wasi/lib/wasm32-wasi" -lc \
    -o "$objects/$out"
  wasm-opt -O3 --enable-simd --enable-bulk-memory --enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int \
    "$objects/$out" -o "$own/../$out"
}

# The Huffman coders take 64 bits at a time on targets that they know for 32-bit pointers in 64-bit registers.
wide="-D__x86_64__ -D__ILP32__"
for file in jcomapi jutils jmemmgr jmemnobs jdapimin jdapistd jdcoefct jdcolor jddctmgr jdinput jdmainct \
  jdmarker jdmaster jdmerge jdpostct jdsample jidctint jidctfst jidctflt jidctred jquant1 jquant2 \
  jcapimin jcapistd jccoefct jccolor jcdctmgr jcinit jcmainct jcmarker jcmaster jcparam jcprepct jcsample \
  jfdctint jfdctfst jfdctflt jsimd_none; do
  compile $file.c
done
for file in jdhuff jdphuff jchuff jcphuff; do compile $file.c $wide; done
for file in support decode encode simd jsimd_rest; do compile "$own/$file.c"; done

common="support jcomapi jutils jmemmgr jmemnobs"
link decode.wasm decode simd jsimd_rest $common jdapimin jdapistd jdcoefct jdcolor jddctmgr jdhuff jdphuff jdinput jdmainct jdmarker \
  jdmaster jdmerge jdpostct jdsample jidctint jidctfst jidctflt jidctred jquant1 jquant2
link encode.wasm encode jsimd_none $common jcapimin jcapistd jccoefct jccolor jcdctmgr jchuff jcphuff jcinit jcmainct jcmarker jcmaster \
  jcparam jcprepct jcsample jfdctint jfdctfst jfdctflt
cd "$own/.."
sha256sum decode.wasm encode.wasm > SHA256SUMS
