# For what runs long and for comparisons: an authority, and what it has signed for localhost and 127.0.0.1, valid for 90 days.

# make_certificates FOLDER: authority.pem, localhost.pem, localhost.key
make_certificates() {
  rm -rf "$1"
  mkdir -p "$1"
  (
    cd "$1"
    printf '%s\n' '[req]' 'distinguished_name=dn' '[dn]' '[authority]' 'basicConstraints=critical,CA:TRUE' \
      'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash' '[leaf]' 'basicConstraints=CA:FALSE' \
      'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth' 'subjectKeyIdentifier=hash' \
      'authorityKeyIdentifier=keyid' 'subjectAltName=DNS:localhost,IP:127.0.0.1' >extensions
    for name in authority localhost; do
      openssl ecparam -name prime256v1 -genkey -noout -out $name.key
    done
    openssl req -x509 -new -key authority.key -subj /CN=authority -days 90 -config extensions -extensions authority \
      -out authority.pem
    openssl req -new -key localhost.key -subj /CN=localhost -config extensions -out localhost.csr
    openssl x509 -req -in localhost.csr -CA authority.pem -CAkey authority.key -CAcreateserial -extfile extensions \
      -extensions leaf -days 90 -out localhost.pem
  ) >/dev/null 2>&1
}
