#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// What Swift cannot say: macros, variadic functions, unions, and callbacks without a context to keep alive.

// What a link may carry, as ALPN writes it.
enum { wt_protocol_size = 9 };
static const unsigned char wt_winnow[wt_protocol_size] = {8, 'w', 'i', 'n', 'n', 'o', 'w', '/', '1'};
static const unsigned char wt_http[wt_protocol_size] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// Chooses the protocol of a listener, `own`, among those that a client offers; another one ends the handshake.
static inline int wt_choose(
  SSL *session, const unsigned char **out, unsigned char *count, const unsigned char *offered, unsigned offered_count,
  void *own
) {
  (void)session;
  int chosen = SSL_select_next_proto((unsigned char **)out, count, own, wt_protocol_size, offered, offered_count);
  return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The profile of every link: TLS 1.3 alone, no tickets, no early data, no resumption, no renegotiation.
static inline int wt_configure(SSL_CTX *context, int is_server, int is_http) {
  const unsigned char *protocol = is_http ? wt_http : wt_winnow;
  SSL_CTX_set_options(
    context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, 16 << 10);
  SSL_CTX_set_verify_depth(context, 3);
  SSL_CTX_set_max_early_data(context, 0);
  if (is_server) {
    SSL_CTX_set_alpn_select_cb(context, wt_choose, (void *)protocol);
    if (SSL_CTX_set_num_tickets(context, 0) != 1) return 0;
  } else if (SSL_CTX_set_alpn_protos(context, protocol, wt_protocol_size) != 0) {
    return 0;
  }
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
    SSL_CTX_set_ciphersuites(
      context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1 &&
    SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1;
}

// A certificate that does not hold always ends the handshake; one is demanded, or may be left out.
static inline void wt_demand_peer(SSL_CTX *context, int is_required) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
}

// A further certificate of the chain that is shown; the context takes it over if this is 1.
static inline int wt_add_chain(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

// The name that the peer's certificate has to have: an IP address, or else a host.
static inline int wt_expect_name(SSL *session, const char *name) {
  X509_VERIFY_PARAM *checks = SSL_get0_param(session);
  X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, name) == 1) return 1;
  ERR_clear_error();
  return X509_VERIFY_PARAM_set1_host(checks, name, 0) == 1 && SSL_set_tlsext_host_name(session, name) == 1;
}

static inline EVP_PKEY *wt_new_key(void) { return EVP_EC_gen("P-256"); }

static inline int wt_is_alert(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}

// The other names of a certificate; NULL if it has none. Released with GENERAL_NAMES_free.
static inline GENERAL_NAMES *wt_names(const X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int wt_name_count(const GENERAL_NAMES *names) { return names ? sk_GENERAL_NAME_num(names) : 0; }

// The kind of a name (GEN_DNS, GEN_IPADD, GEN_URI or another) and its bytes, which the names keep.
static inline int wt_name(const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count) {
  GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  const ASN1_STRING *text = NULL;
  if (name->type == GEN_URI) text = name->d.uniformResourceIdentifier;
  if (name->type == GEN_DNS) text = name->d.dNSName;
  if (name->type == GEN_IPADD) text = name->d.iPAddress;
  *bytes = text ? ASN1_STRING_get0_data(text) : NULL;
  *count = text ? ASN1_STRING_length(text) : 0;
  return name->type;
}

// Adds names to a certificate under way: `kind` is GEN_DNS, GEN_IPADD or GEN_URI. 1 if it is such a name.
static inline int wt_add_name(GENERAL_NAMES *names, int kind, const char *text) {
  GENERAL_NAME *name = GENERAL_NAME_new();
  ASN1_STRING *value = NULL;
  if (kind == GEN_IPADD) {
    value = a2i_IPADDRESS(text);
  } else if ((value = ASN1_IA5STRING_new()) && ASN1_STRING_set(value, text, -1) != 1) {
    ASN1_STRING_free(value);
    value = NULL;
  }
  if (!name || !value) {
    GENERAL_NAME_free(name);
    ASN1_STRING_free(value);
    return 0;
  }
  GENERAL_NAME_set0_value(name, kind, value);
  if (sk_GENERAL_NAME_push(names, name) > 0) return 1;
  GENERAL_NAME_free(name);
  return 0;
}

// Adds an extension with a value of ours, never one from outside.
static inline int wt_add_extension(X509 *certificate, X509 *issuer, int number, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, number, value);
  int isAdded = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return isAdded;
}
