# dev rock: brings up to date what the rockspecs need of the build, writes those of the version, and tries them

need "$to_test luarocks=luarocks"
build "$root/build"
for list in constants errnos headers; do
  cp "$root/build/pysocket/$list.h" "$root/rocks/"
done
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
for name in pysocket rocks/pysocket-ssl; do
  sed "s/^local release = .*/local release = \"$version\" -- written by .\/dev rock from the rockspec of the source tree/" \
    "$name-scm-1.rockspec" >"rocks/${name#rocks/}-$version-1.rockspec"
done
use "$root/build"
specs "" spec/rockspec_spec.lua spec/version_spec.lua
