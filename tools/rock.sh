# dev rock: brings up to date what the rockspec needs of the build, and tries it

need "$to_test luarocks=luarocks"
build "$root/build"
for list in constants errnos headers; do
  cp "$root/build/pysocket/$list.h" "$root/rocks/"
done
use "$root/build"
specs "" spec/rockspec_spec.lua spec/version_spec.lua
