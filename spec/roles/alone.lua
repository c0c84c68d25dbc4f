-- alone MODULE: requires it before all else. Prints its type, and what of the main module is there.

print(type(require(...)))
print(package.loaded["pysocket"])
