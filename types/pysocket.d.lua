---@meta pysocket
-- Written by ./dev types from the doc comments in src/ and lua/.

---@alias pysocket.AnyAddress pysocket.Address|any[]|table<string, any>|string|integer

---@class pysocket.Errno
---@field [integer] string
---@field E2BIG integer
---@field EACCES integer
---@field EADDRINUSE integer
---@field EADDRNOTAVAIL integer
---@field EADV integer
---@field EAFNOSUPPORT integer
---@field EAGAIN integer
---@field EALREADY integer
---@field EAUTH integer
---@field EBADARCH integer
---@field EBADE integer
---@field EBADEXEC integer
---@field EBADF integer
---@field EBADFD integer
---@field EBADMACHO integer
---@field EBADMSG integer
---@field EBADR integer
---@field EBADRPC integer
---@field EBADRQC integer
---@field EBADSLT integer
---@field EBFONT integer
---@field EBUSY integer
---@field ECANCELED integer
---@field ECAPMODE integer
---@field ECHILD integer
---@field ECHRNG integer
---@field ECOMM integer
---@field ECONNABORTED integer
---@field ECONNREFUSED integer
---@field ECONNRESET integer
---@field EDEADLK integer
---@field EDEADLOCK integer
---@field EDESTADDRREQ integer
---@field EDEVERR integer
---@field EDOM integer
---@field EDOOFUS integer
---@field EDOTDOT integer
---@field EDQUOT integer
---@field EEXIST integer
---@field EFAULT integer
---@field EFBIG integer
---@field EFTYPE integer
---@field EHOSTDOWN integer
---@field EHOSTUNREACH integer
---@field EHWPOISON integer
---@field EIDRM integer
---@field EILSEQ integer
---@field EINPROGRESS integer
---@field EINTEGRITY integer
---@field EINTR integer
---@field EINVAL integer
---@field EIO integer
---@field EISCONN integer
---@field EISDIR integer
---@field EISNAM integer
---@field EKEYEXPIRED integer
---@field EKEYREJECTED integer
---@field EKEYREVOKED integer
---@field EL2HLT integer
---@field EL2NSYNC integer
---@field EL3HLT integer
---@field EL3RST integer
---@field ELIBACC integer
---@field ELIBBAD integer
---@field ELIBEXEC integer
---@field ELIBMAX integer
---@field ELIBSCN integer
---@field ELNRNG integer
---@field ELOCKUNMAPPED integer
---@field ELOOP integer
---@field EMEDIUMTYPE integer
---@field EMFILE integer
---@field EMLINK integer
---@field EMSGSIZE integer
---@field EMULTIHOP integer
---@field ENAMETOOLONG integer
---@field ENAVAIL integer
---@field ENEEDAUTH integer
---@field ENETDOWN integer
---@field ENETRESET integer
---@field ENETUNREACH integer
---@field ENFILE integer
---@field ENOANO integer
---@field ENOATTR integer
---@field ENOBUFS integer
---@field ENOCSI integer
---@field ENODATA integer
---@field ENODEV integer
---@field ENOENT integer
---@field ENOEXEC integer
---@field ENOKEY integer
---@field ENOLCK integer
---@field ENOLINK integer
---@field ENOMEDIUM integer
---@field ENOMEM integer
---@field ENOMSG integer
---@field ENONET integer
---@field ENOPKG integer
---@field ENOPOLICY integer
---@field ENOPROTOOPT integer
---@field ENOSPC integer
---@field ENOSR integer
---@field ENOSTR integer
---@field ENOSYS integer
---@field ENOTACTIVE integer
---@field ENOTBLK integer
---@field ENOTCAPABLE integer
---@field ENOTCONN integer
---@field ENOTDIR integer
---@field ENOTEMPTY integer
---@field ENOTNAM integer
---@field ENOTRECOVERABLE integer
---@field ENOTSOCK integer
---@field EOPNOTSUPP integer
---@field ENOTSUP integer
---@field ENOTTY integer
---@field ENOTUNIQ integer
---@field ENXIO integer
---@field EOVERFLOW integer
---@field EOWNERDEAD integer
---@field EPERM integer
---@field EPFNOSUPPORT integer
---@field EPIPE integer
---@field EPROCLIM integer
---@field EPROCUNAVAIL integer
---@field EPROGMISMATCH integer
---@field EPROGUNAVAIL integer
---@field EPROTO integer
---@field EPROTONOSUPPORT integer
---@field EPROTOTYPE integer
---@field EPWROFF integer
---@field EQFULL integer
---@field ERANGE integer
---@field EREMCHG integer
---@field EREMOTE integer
---@field EREMOTEIO integer
---@field ERESTART integer
---@field ERFKILL integer
---@field EROFS integer
---@field ERPCMISMATCH integer
---@field ESHLIBVERS integer
---@field ESHUTDOWN integer
---@field ESOCKTNOSUPPORT integer
---@field ESPIPE integer
---@field ESRCH integer
---@field ESRMNT integer
---@field ESTALE integer
---@field ESTRPIPE integer
---@field ETIME integer
---@field ETIMEDOUT integer
---@field ETOOMANYREFS integer
---@field ETXTBSY integer
---@field EUCLEAN integer
---@field EUNATCH integer
---@field EUSERS integer
---@field EWOULDBLOCK integer
---@field EXDEV integer
---@field EXFULL integer

---@class pysocket.module
---@field AddressFamily table<string|integer, string|integer> # the constants `AF_*`: numbers by name, and names by number
---@field SocketKind table<string|integer, string|integer> # the constants `SOCK_*`
---@field MsgFlag table<string|integer, string|integer> # the constants `MSG_*`
---@field AddressInfo table<string|integer, string|integer> # the constants `AI_*`
---@field SocketType pysocket.Socket # the class of sockets, by Python's other name
---@field has_ipv6 boolean # whether the library was built with IPv6; this machine may still have no IPv6 address
---@field errno pysocket.Errno # the numbers of the system's errors by name, and their names by number: `socket.errno.EBADF`
---@field _VERSION string # the version of the library
---@field UDP_SEGMENT integer # an option of `IPPROTO_UDP`: the kernel splits a message into datagrams of the given size; see udp(7)
---@field UDP_GRO integer # an option of `IPPROTO_UDP`: the kernel joins datagrams of one sender to one message, with their size as ancillary data
---@field error pysocket.OSError # `OSError`, by Python's older name
---@field timeout pysocket.TimeoutError # `TimeoutError`, by Python's older name
---@field AF_AAL5 integer
---@field AF_ALG integer
---@field AF_APPLETALK integer
---@field AF_ASH integer
---@field AF_ATMPVC integer
---@field AF_ATMSVC integer
---@field AF_AX25 integer
---@field AF_BLUETOOTH integer
---@field AF_BRIDGE integer
---@field AF_CAN integer
---@field AF_DECnet integer
---@field AF_DIVERT integer
---@field AF_ECONET integer
---@field AF_HYPERV integer
---@field AF_INET integer
---@field AF_INET6 integer
---@field AF_IPX integer
---@field AF_IRDA integer
---@field AF_KEY integer
---@field AF_LINK integer
---@field AF_LLC integer
---@field AF_NETBEUI integer
---@field AF_NETLINK integer
---@field AF_NETROM integer
---@field AF_PACKET integer
---@field AF_PPPOX integer
---@field AF_QIPCRTR integer
---@field AF_RDS integer
---@field AF_ROSE integer
---@field AF_ROUTE integer
---@field AF_SECURITY integer
---@field AF_SNA integer
---@field AF_SYSTEM integer
---@field AF_TIPC integer
---@field AF_UNIX integer
---@field AF_UNSPEC integer
---@field AF_VSOCK integer
---@field AF_WANPIPE integer
---@field AF_X25 integer
---@field AI_ADDRCONFIG integer
---@field AI_ALL integer
---@field AI_CANONNAME integer
---@field AI_DEFAULT integer
---@field AI_MASK integer
---@field AI_NUMERICHOST integer
---@field AI_NUMERICSERV integer
---@field AI_PASSIVE integer
---@field AI_V4MAPPED integer
---@field AI_V4MAPPED_CFG integer
---@field ALG_OP_DECRYPT integer
---@field ALG_OP_ENCRYPT integer
---@field ALG_OP_SIGN integer
---@field ALG_OP_VERIFY integer
---@field ALG_SET_AEAD_ASSOCLEN integer
---@field ALG_SET_AEAD_AUTHSIZE integer
---@field ALG_SET_IV integer
---@field ALG_SET_KEY integer
---@field ALG_SET_OP integer
---@field ALG_SET_PUBKEY integer
---@field BDADDR_ANY string
---@field BDADDR_BREDR integer
---@field BDADDR_LE_PUBLIC integer
---@field BDADDR_LE_RANDOM integer
---@field BDADDR_LOCAL string
---@field BTPROTO_HCI integer
---@field BTPROTO_L2CAP integer
---@field BTPROTO_RFCOMM integer
---@field BTPROTO_SCO integer
---@field BT_CHANNEL_POLICY integer
---@field BT_CHANNEL_POLICY_BREDR_ONLY integer
---@field BT_CHANNEL_POLICY_BREDR_PREFERRED integer
---@field BT_CODEC integer
---@field BT_DEFER_SETUP integer
---@field BT_FLUSHABLE integer
---@field BT_FLUSHABLE_OFF integer
---@field BT_FLUSHABLE_ON integer
---@field BT_ISO_QOS integer
---@field BT_MODE integer
---@field BT_MODE_BASIC integer
---@field BT_MODE_ERTM integer
---@field BT_MODE_EXT_FLOWCTL integer
---@field BT_MODE_LE_FLOWCTL integer
---@field BT_MODE_STREAMING integer
---@field BT_PHY integer
---@field BT_PHY_BR_1M_1SLOT integer
---@field BT_PHY_BR_1M_3SLOT integer
---@field BT_PHY_BR_1M_5SLOT integer
---@field BT_PHY_EDR_2M_1SLOT integer
---@field BT_PHY_EDR_2M_3SLOT integer
---@field BT_PHY_EDR_2M_5SLOT integer
---@field BT_PHY_EDR_3M_1SLOT integer
---@field BT_PHY_EDR_3M_3SLOT integer
---@field BT_PHY_EDR_3M_5SLOT integer
---@field BT_PHY_LE_1M_RX integer
---@field BT_PHY_LE_1M_TX integer
---@field BT_PHY_LE_2M_RX integer
---@field BT_PHY_LE_2M_TX integer
---@field BT_PHY_LE_CODED_RX integer
---@field BT_PHY_LE_CODED_TX integer
---@field BT_PKT_STATUS integer
---@field BT_POWER integer
---@field BT_POWER_FORCE_ACTIVE_OFF integer
---@field BT_POWER_FORCE_ACTIVE_ON integer
---@field BT_RCVMTU integer
---@field BT_SECURITY integer
---@field BT_SECURITY_FIPS integer
---@field BT_SECURITY_HIGH integer
---@field BT_SECURITY_LOW integer
---@field BT_SECURITY_MEDIUM integer
---@field BT_SECURITY_SDP integer
---@field BT_SNDMTU integer
---@field BT_VOICE integer
---@field BT_VOICE_CVSD_16BIT integer
---@field BT_VOICE_TRANSPARENT integer
---@field BT_VOICE_TRANSPARENT_16BIT integer
---@field CAN_BCM integer
---@field CAN_BCM_CAN_FD_FRAME integer
---@field CAN_BCM_RX_ANNOUNCE_RESUME integer
---@field CAN_BCM_RX_CHANGED integer
---@field CAN_BCM_RX_CHECK_DLC integer
---@field CAN_BCM_RX_DELETE integer
---@field CAN_BCM_RX_FILTER_ID integer
---@field CAN_BCM_RX_NO_AUTOTIMER integer
---@field CAN_BCM_RX_READ integer
---@field CAN_BCM_RX_RTR_FRAME integer
---@field CAN_BCM_RX_SETUP integer
---@field CAN_BCM_RX_STATUS integer
---@field CAN_BCM_RX_TIMEOUT integer
---@field CAN_BCM_SETTIMER integer
---@field CAN_BCM_STARTTIMER integer
---@field CAN_BCM_TX_ANNOUNCE integer
---@field CAN_BCM_TX_COUNTEVT integer
---@field CAN_BCM_TX_CP_CAN_ID integer
---@field CAN_BCM_TX_DELETE integer
---@field CAN_BCM_TX_EXPIRED integer
---@field CAN_BCM_TX_READ integer
---@field CAN_BCM_TX_RESET_MULTI_IDX integer
---@field CAN_BCM_TX_SEND integer
---@field CAN_BCM_TX_SETUP integer
---@field CAN_BCM_TX_STATUS integer
---@field CAN_EFF_FLAG integer
---@field CAN_EFF_MASK integer
---@field CAN_ERR_FLAG integer
---@field CAN_ERR_MASK integer
---@field CAN_ISOTP integer
---@field CAN_ISOTP_CHK_PAD_DATA integer
---@field CAN_ISOTP_CHK_PAD_LEN integer
---@field CAN_ISOTP_DEFAULT_EXT_ADDRESS integer
---@field CAN_ISOTP_DEFAULT_FLAGS integer
---@field CAN_ISOTP_DEFAULT_FRAME_TXTIME integer
---@field CAN_ISOTP_DEFAULT_LL_MTU integer
---@field CAN_ISOTP_DEFAULT_LL_TX_DL integer
---@field CAN_ISOTP_DEFAULT_LL_TX_FLAGS integer
---@field CAN_ISOTP_DEFAULT_PAD_CONTENT integer
---@field CAN_ISOTP_DEFAULT_RECV_BS integer
---@field CAN_ISOTP_DEFAULT_RECV_STMIN integer
---@field CAN_ISOTP_DEFAULT_RECV_WFTMAX integer
---@field CAN_ISOTP_EXTEND_ADDR integer
---@field CAN_ISOTP_FORCE_RXSTMIN integer
---@field CAN_ISOTP_FORCE_TXSTMIN integer
---@field CAN_ISOTP_HALF_DUPLEX integer
---@field CAN_ISOTP_LISTEN_MODE integer
---@field CAN_ISOTP_LL_OPTS integer
---@field CAN_ISOTP_OPTS integer
---@field CAN_ISOTP_RECV_FC integer
---@field CAN_ISOTP_RX_EXT_ADDR integer
---@field CAN_ISOTP_RX_PADDING integer
---@field CAN_ISOTP_RX_STMIN integer
---@field CAN_ISOTP_SF_BROADCAST integer
---@field CAN_ISOTP_TX_PADDING integer
---@field CAN_ISOTP_TX_STMIN integer
---@field CAN_ISOTP_WAIT_TX_DONE integer
---@field CAN_J1939 integer
---@field CAN_RAW integer
---@field CAN_RAW_ERR_FILTER integer
---@field CAN_RAW_FD_FRAMES integer
---@field CAN_RAW_FILTER integer
---@field CAN_RAW_JOIN_FILTERS integer
---@field CAN_RAW_LOOPBACK integer
---@field CAN_RAW_RECV_OWN_MSGS integer
---@field CAN_RTR_FLAG integer
---@field CAN_SFF_MASK integer
---@field EAGAIN integer
---@field EAI_ADDRFAMILY integer
---@field EAI_AGAIN integer
---@field EAI_BADFLAGS integer
---@field EAI_BADHINTS integer
---@field EAI_FAIL integer
---@field EAI_FAMILY integer
---@field EAI_MAX integer
---@field EAI_MEMORY integer
---@field EAI_NODATA integer
---@field EAI_NONAME integer
---@field EAI_OVERFLOW integer
---@field EAI_PROTOCOL integer
---@field EAI_SERVICE integer
---@field EAI_SOCKTYPE integer
---@field EAI_SYSTEM integer
---@field EBADF integer
---@field ETHERTYPE_ARP integer
---@field ETHERTYPE_IP integer
---@field ETHERTYPE_IPV6 integer
---@field ETHERTYPE_VLAN integer
---@field ETH_P_ALL integer
---@field EWOULDBLOCK integer
---@field HCI_CHANNEL_CONTROL integer
---@field HCI_CHANNEL_LOGGING integer
---@field HCI_CHANNEL_MONITOR integer
---@field HCI_CHANNEL_RAW integer
---@field HCI_CHANNEL_USER integer
---@field HCI_DATA_DIR integer
---@field HCI_DEV_NONE integer
---@field HCI_FILTER integer
---@field HCI_TIME_STAMP integer
---@field HVSOCKET_ADDRESS_FLAG_PASSTHRU integer
---@field HVSOCKET_CONNECTED_SUSPEND integer
---@field HVSOCKET_CONNECT_TIMEOUT integer
---@field HVSOCKET_CONNECT_TIMEOUT_MAX integer
---@field HV_GUID_BROADCAST string
---@field HV_GUID_CHILDREN string
---@field HV_GUID_LOOPBACK string
---@field HV_GUID_PARENT string
---@field HV_GUID_WILDCARD string
---@field HV_GUID_ZERO string
---@field HV_PROTOCOL_RAW integer
---@field INADDR_ALLHOSTS_GROUP integer
---@field INADDR_ANY integer
---@field INADDR_BROADCAST integer
---@field INADDR_LOOPBACK integer
---@field INADDR_MAX_LOCAL_GROUP integer
---@field INADDR_NONE integer
---@field INADDR_UNSPEC_GROUP integer
---@field IOCTL_VM_SOCKETS_GET_LOCAL_CID integer
---@field IPPORT_RESERVED integer
---@field IPPORT_USERRESERVED integer
---@field IPPROTO_AH integer
---@field IPPROTO_BIP integer
---@field IPPROTO_CBT integer
---@field IPPROTO_DSTOPTS integer
---@field IPPROTO_EGP integer
---@field IPPROTO_EON integer
---@field IPPROTO_ESP integer
---@field IPPROTO_FRAGMENT integer
---@field IPPROTO_GGP integer
---@field IPPROTO_GRE integer
---@field IPPROTO_HELLO integer
---@field IPPROTO_HOPOPTS integer
---@field IPPROTO_ICLFXBM integer
---@field IPPROTO_ICMP integer
---@field IPPROTO_ICMPV6 integer
---@field IPPROTO_IDP integer
---@field IPPROTO_IGMP integer
---@field IPPROTO_IGP integer
---@field IPPROTO_IP integer
---@field IPPROTO_IPCOMP integer
---@field IPPROTO_IPIP integer
---@field IPPROTO_IPV4 integer
---@field IPPROTO_IPV6 integer
---@field IPPROTO_L2TP integer
---@field IPPROTO_MAX integer
---@field IPPROTO_MOBILE integer
---@field IPPROTO_MPTCP integer
---@field IPPROTO_ND integer
---@field IPPROTO_NONE integer
---@field IPPROTO_PGM integer
---@field IPPROTO_PIM integer
---@field IPPROTO_PUP integer
---@field IPPROTO_RAW integer
---@field IPPROTO_RDP integer
---@field IPPROTO_ROUTING integer
---@field IPPROTO_RSVP integer
---@field IPPROTO_SCTP integer
---@field IPPROTO_ST integer
---@field IPPROTO_TCP integer
---@field IPPROTO_TP integer
---@field IPPROTO_UDP integer
---@field IPPROTO_UDPLITE integer
---@field IPPROTO_VRRP integer
---@field IPPROTO_XTP integer
---@field IPV6_CHECKSUM integer
---@field IPV6_DONTFRAG integer
---@field IPV6_DSTOPTS integer
---@field IPV6_HDRINCL integer
---@field IPV6_HOPLIMIT integer
---@field IPV6_HOPOPTS integer
---@field IPV6_JOIN_GROUP integer
---@field IPV6_LEAVE_GROUP integer
---@field IPV6_MULTICAST_HOPS integer
---@field IPV6_MULTICAST_IF integer
---@field IPV6_MULTICAST_LOOP integer
---@field IPV6_NEXTHOP integer
---@field IPV6_PATHMTU integer
---@field IPV6_PKTINFO integer
---@field IPV6_RECVDSTOPTS integer
---@field IPV6_RECVERR integer
---@field IPV6_RECVHOPLIMIT integer
---@field IPV6_RECVHOPOPTS integer
---@field IPV6_RECVPATHMTU integer
---@field IPV6_RECVPKTINFO integer
---@field IPV6_RECVRTHDR integer
---@field IPV6_RECVTCLASS integer
---@field IPV6_RTHDR integer
---@field IPV6_RTHDRDSTOPTS integer
---@field IPV6_RTHDR_TYPE_0 integer
---@field IPV6_TCLASS integer
---@field IPV6_UNICAST_HOPS integer
---@field IPV6_USE_MIN_MTU integer
---@field IPV6_V6ONLY integer
---@field IPX_TYPE integer
---@field IP_ADD_MEMBERSHIP integer
---@field IP_ADD_SOURCE_MEMBERSHIP integer
---@field IP_BIND_ADDRESS_NO_PORT integer
---@field IP_BLOCK_SOURCE integer
---@field IP_DEFAULT_MULTICAST_LOOP integer
---@field IP_DEFAULT_MULTICAST_TTL integer
---@field IP_DROP_MEMBERSHIP integer
---@field IP_DROP_SOURCE_MEMBERSHIP integer
---@field IP_FREEBIND integer
---@field IP_HDRINCL integer
---@field IP_MAX_MEMBERSHIPS integer
---@field IP_MULTICAST_IF integer
---@field IP_MULTICAST_LOOP integer
---@field IP_MULTICAST_TTL integer
---@field IP_OPTIONS integer
---@field IP_PKTINFO integer
---@field IP_RECVDSTADDR integer
---@field IP_RECVERR integer
---@field IP_RECVOPTS integer
---@field IP_RECVORIGDSTADDR integer
---@field IP_RECVRETOPTS integer
---@field IP_RECVTOS integer
---@field IP_RECVTTL integer
---@field IP_RETOPTS integer
---@field IP_TOS integer
---@field IP_TRANSPARENT integer
---@field IP_TTL integer
---@field IP_UNBLOCK_SOURCE integer
---@field J1939_EE_INFO_NONE integer
---@field J1939_EE_INFO_TX_ABORT integer
---@field J1939_FILTER_MAX integer
---@field J1939_IDLE_ADDR integer
---@field J1939_MAX_UNICAST_ADDR integer
---@field J1939_NLA_BYTES_ACKED integer
---@field J1939_NLA_PAD integer
---@field J1939_NO_ADDR integer
---@field J1939_NO_NAME integer
---@field J1939_NO_PGN integer
---@field J1939_PGN_ADDRESS_CLAIMED integer
---@field J1939_PGN_ADDRESS_COMMANDED integer
---@field J1939_PGN_MAX integer
---@field J1939_PGN_PDU1_MAX integer
---@field J1939_PGN_REQUEST integer
---@field KQ_EV_ADD integer
---@field KQ_EV_CLEAR integer
---@field KQ_EV_DELETE integer
---@field KQ_EV_DISABLE integer
---@field KQ_EV_ENABLE integer
---@field KQ_EV_EOF integer
---@field KQ_EV_ERROR integer
---@field KQ_EV_FLAG1 integer
---@field KQ_EV_ONESHOT integer
---@field KQ_EV_SYSFLAGS integer
---@field KQ_FILTER_AIO integer
---@field KQ_FILTER_NETDEV integer
---@field KQ_FILTER_PROC integer
---@field KQ_FILTER_READ integer
---@field KQ_FILTER_SIGNAL integer
---@field KQ_FILTER_TIMER integer
---@field KQ_FILTER_VNODE integer
---@field KQ_FILTER_WRITE integer
---@field KQ_NOTE_ATTRIB integer
---@field KQ_NOTE_CHILD integer
---@field KQ_NOTE_DELETE integer
---@field KQ_NOTE_EXEC integer
---@field KQ_NOTE_EXIT integer
---@field KQ_NOTE_EXTEND integer
---@field KQ_NOTE_FORK integer
---@field KQ_NOTE_LINK integer
---@field KQ_NOTE_LINKDOWN integer
---@field KQ_NOTE_LINKINV integer
---@field KQ_NOTE_LINKUP integer
---@field KQ_NOTE_LOWAT integer
---@field KQ_NOTE_PCTRLMASK integer
---@field KQ_NOTE_PDATAMASK integer
---@field KQ_NOTE_RENAME integer
---@field KQ_NOTE_REVOKE integer
---@field KQ_NOTE_TRACK integer
---@field KQ_NOTE_TRACKERR integer
---@field KQ_NOTE_WRITE integer
---@field L2CAP_LM integer
---@field L2CAP_LM_AUTH integer
---@field L2CAP_LM_ENCRYPT integer
---@field L2CAP_LM_MASTER integer
---@field L2CAP_LM_RELIABLE integer
---@field L2CAP_LM_SECURE integer
---@field L2CAP_LM_TRUSTED integer
---@field LOCAL_CREDS integer
---@field LOCAL_CREDS_PERSISTENT integer
---@field LOCAL_PEERCRED integer
---@field MSG_BCAST integer
---@field MSG_BTAG integer
---@field MSG_CMSG_CLOEXEC integer
---@field MSG_CONFIRM integer
---@field MSG_CTRUNC integer
---@field MSG_DONTROUTE integer
---@field MSG_DONTWAIT integer
---@field MSG_EOF integer
---@field MSG_EOR integer
---@field MSG_ERRQUEUE integer
---@field MSG_ETAG integer
---@field MSG_FASTOPEN integer
---@field MSG_MCAST integer
---@field MSG_MORE integer
---@field MSG_NOSIGNAL integer
---@field MSG_NOTIFICATION integer
---@field MSG_OOB integer
---@field MSG_PEEK integer
---@field MSG_TRUNC integer
---@field MSG_WAITALL integer
---@field NETLINK_CRYPTO integer
---@field NETLINK_DNRTMSG integer
---@field NETLINK_FIREWALL integer
---@field NETLINK_IP6_FW integer
---@field NETLINK_NFLOG integer
---@field NETLINK_ROUTE integer
---@field NETLINK_USERSOCK integer
---@field NETLINK_XFRM integer
---@field NI_DGRAM integer
---@field NI_IDN integer
---@field NI_MAXHOST integer
---@field NI_MAXSERV integer
---@field NI_NAMEREQD integer
---@field NI_NOFQDN integer
---@field NI_NUMERICHOST integer
---@field NI_NUMERICSERV integer
---@field PACKET_BROADCAST integer
---@field PACKET_FASTROUTE integer
---@field PACKET_HOST integer
---@field PACKET_LOOPBACK integer
---@field PACKET_MULTICAST integer
---@field PACKET_OTHERHOST integer
---@field PACKET_OUTGOING integer
---@field PF_CAN integer
---@field PF_DIVERT integer
---@field PF_PACKET integer
---@field PF_RDS integer
---@field PF_SYSTEM integer
---@field RCVALL_IPLEVEL integer
---@field RCVALL_MAX integer
---@field RCVALL_OFF integer
---@field RCVALL_ON integer
---@field RCVALL_SOCKETLEVELONLY integer
---@field RDS_CANCEL_SENT_TO integer
---@field RDS_CMSG_RDMA_ARGS integer
---@field RDS_CMSG_RDMA_DEST integer
---@field RDS_CMSG_RDMA_MAP integer
---@field RDS_CMSG_RDMA_STATUS integer
---@field RDS_CMSG_RDMA_UPDATE integer
---@field RDS_CONG_MONITOR integer
---@field RDS_FREE_MR integer
---@field RDS_GET_MR integer
---@field RDS_GET_MR_FOR_DEST integer
---@field RDS_RDMA_DONTWAIT integer
---@field RDS_RDMA_FENCE integer
---@field RDS_RDMA_INVALIDATE integer
---@field RDS_RDMA_NOTIFY_ME integer
---@field RDS_RDMA_READWRITE integer
---@field RDS_RDMA_SILENT integer
---@field RDS_RDMA_USE_ONCE integer
---@field RDS_RECVERR integer
---@field RFCOMM_LM_AUTH integer
---@field RFCOMM_LM_ENCRYPT integer
---@field RFCOMM_LM_SECURE integer
---@field SCM_CREDENTIALS integer
---@field SCM_CREDS integer
---@field SCM_CREDS2 integer
---@field SCM_J1939_DEST_ADDR integer
---@field SCM_J1939_DEST_NAME integer
---@field SCM_J1939_ERRQUEUE integer
---@field SCM_J1939_PRIO integer
---@field SCM_RIGHTS integer
---@field SHUT_RD integer
---@field SHUT_RDWR integer
---@field SHUT_WR integer
---@field SIO_KEEPALIVE_VALS integer
---@field SIO_LOOPBACK_FAST_PATH integer
---@field SIO_RCVALL integer
---@field SOCK_CLOEXEC integer
---@field SOCK_DGRAM integer
---@field SOCK_NONBLOCK integer
---@field SOCK_RAW integer
---@field SOCK_RDM integer
---@field SOCK_SEQPACKET integer
---@field SOCK_STREAM integer
---@field SOL_ALG integer
---@field SOL_ATALK integer
---@field SOL_AX25 integer
---@field SOL_BLUETOOTH integer
---@field SOL_CAN_BASE integer
---@field SOL_CAN_ISOTP integer
---@field SOL_CAN_RAW integer
---@field SOL_HCI integer
---@field SOL_IP integer
---@field SOL_IPX integer
---@field SOL_L2CAP integer
---@field SOL_NETROM integer
---@field SOL_RDS integer
---@field SOL_RFCOMM integer
---@field SOL_ROSE integer
---@field SOL_SCO integer
---@field SOL_SOCKET integer
---@field SOL_TCP integer
---@field SOL_TIPC integer
---@field SOL_UDP integer
---@field SOMAXCONN integer
---@field SO_ACCEPTCONN integer
---@field SO_BINDTODEVICE integer
---@field SO_BINDTOIFINDEX integer
---@field SO_BROADCAST integer
---@field SO_BTH_ENCRYPT integer
---@field SO_BTH_MTU integer
---@field SO_BTH_MTU_MAX integer
---@field SO_BTH_MTU_MIN integer
---@field SO_DEBUG integer
---@field SO_DOMAIN integer
---@field SO_DONTROUTE integer
---@field SO_ERROR integer
---@field SO_EXCLUSIVEADDRUSE integer
---@field SO_HCI_EVT_FILTER integer
---@field SO_HCI_PKT_FILTER integer
---@field SO_INCOMING_CPU integer
---@field SO_J1939_ERRQUEUE integer
---@field SO_J1939_FILTER integer
---@field SO_J1939_PROMISC integer
---@field SO_J1939_SEND_PRIO integer
---@field SO_KEEPALIVE integer
---@field SO_L2CAP_ENCRYPTED integer
---@field SO_L2CAP_FLUSH integer
---@field SO_L2CAP_IMTU integer
---@field SO_L2CAP_IQOS integer
---@field SO_L2CAP_LM integer
---@field SO_L2CAP_OMTU integer
---@field SO_L2CAP_OQOS integer
---@field SO_LINGER integer
---@field SO_MARK integer
---@field SO_OOBINLINE integer
---@field SO_ORIGINAL_DST integer
---@field SO_PASSCRED integer
---@field SO_PASSRIGHTS integer
---@field SO_PASSSEC integer
---@field SO_PEERCRED integer
---@field SO_PEERSEC integer
---@field SO_PRIORITY integer
---@field SO_PROTOCOL integer
---@field SO_RCVBUF integer
---@field SO_RCVLOWAT integer
---@field SO_RCVTIMEO integer
---@field SO_REUSEADDR integer
---@field SO_REUSEPORT integer
---@field SO_REUSEPORT_LB integer
---@field SO_RFCOMM_FC_INFO integer
---@field SO_RFCOMM_LM integer
---@field SO_RFCOMM_MTU integer
---@field SO_RTABLE integer
---@field SO_SCO_CONNINFO integer
---@field SO_SCO_HANDLE integer
---@field SO_SCO_MTU integer
---@field SO_SETFIB integer
---@field SO_SNDBUF integer
---@field SO_SNDLOWAT integer
---@field SO_SNDTIMEO integer
---@field SO_TYPE integer
---@field SO_USELOOPBACK integer
---@field SO_USER_COOKIE integer
---@field SO_VM_SOCKETS_BUFFER_MAX_SIZE integer
---@field SO_VM_SOCKETS_BUFFER_MIN_SIZE integer
---@field SO_VM_SOCKETS_BUFFER_SIZE integer
---@field SYSPROTO_CONTROL integer
---@field TCP_CC_INFO integer
---@field TCP_CONGESTION integer
---@field TCP_CONNECTION_INFO integer
---@field TCP_CORK integer
---@field TCP_DEFER_ACCEPT integer
---@field TCP_FASTOPEN integer
---@field TCP_FASTOPEN_CONNECT integer
---@field TCP_FASTOPEN_KEY integer
---@field TCP_FASTOPEN_NO_COOKIE integer
---@field TCP_INFO integer
---@field TCP_INQ integer
---@field TCP_KEEPALIVE integer
---@field TCP_KEEPCNT integer
---@field TCP_KEEPIDLE integer
---@field TCP_KEEPINTVL integer
---@field TCP_LINGER2 integer
---@field TCP_MAXSEG integer
---@field TCP_MD5SIG integer
---@field TCP_MD5SIG_EXT integer
---@field TCP_NODELAY integer
---@field TCP_NOTSENT_LOWAT integer
---@field TCP_QUEUE_SEQ integer
---@field TCP_QUICKACK integer
---@field TCP_REPAIR integer
---@field TCP_REPAIR_OPTIONS integer
---@field TCP_REPAIR_QUEUE integer
---@field TCP_REPAIR_WINDOW integer
---@field TCP_SAVED_SYN integer
---@field TCP_SAVE_SYN integer
---@field TCP_SYNCNT integer
---@field TCP_THIN_DUPACK integer
---@field TCP_THIN_LINEAR_TIMEOUTS integer
---@field TCP_TIMESTAMP integer
---@field TCP_TX_DELAY integer
---@field TCP_ULP integer
---@field TCP_USER_TIMEOUT integer
---@field TCP_WINDOW_CLAMP integer
---@field TCP_ZEROCOPY_RECEIVE integer
---@field TIPC_ADDR_ID integer
---@field TIPC_ADDR_NAME integer
---@field TIPC_ADDR_NAMESEQ integer
---@field TIPC_CFG_SRV integer
---@field TIPC_CLUSTER_SCOPE integer
---@field TIPC_CONN_TIMEOUT integer
---@field TIPC_CRITICAL_IMPORTANCE integer
---@field TIPC_DEST_DROPPABLE integer
---@field TIPC_HIGH_IMPORTANCE integer
---@field TIPC_IMPORTANCE integer
---@field TIPC_LOW_IMPORTANCE integer
---@field TIPC_MEDIUM_IMPORTANCE integer
---@field TIPC_NODE_SCOPE integer
---@field TIPC_PUBLISHED integer
---@field TIPC_SRC_DROPPABLE integer
---@field TIPC_SUBSCR_TIMEOUT integer
---@field TIPC_SUB_CANCEL integer
---@field TIPC_SUB_PORTS integer
---@field TIPC_SUB_SERVICE integer
---@field TIPC_TOP_SRV integer
---@field TIPC_WAIT_FOREVER integer
---@field TIPC_WITHDRAWN integer
---@field TIPC_ZONE_SCOPE integer
---@field UDPLITE_RECV_CSCOV integer
---@field UDPLITE_SEND_CSCOV integer
---@field UDP_GRO integer
---@field UDP_SEGMENT integer
---@field VMADDR_CID_ANY integer
---@field VMADDR_CID_HOST integer
---@field VMADDR_CID_LOCAL integer
---@field VMADDR_PORT_ANY integer
---@field VM_SOCKETS_INVALID_VERSION integer
local socket = {}

---a file without a buffer
---@class pysocket.SocketIO: pysocket.File
---@overload fun(sock: pysocket.Socket, mode: string, options?: table): pysocket.SocketIO
local SocketIO = {}
socket.SocketIO = SocketIO

---A socket as a file, made by `socket:makefile`. `<close>` closes it.
---@class pysocket.File
---@field closed boolean
---@field mode string # the given mode; of a binary file always with "b"
---@field name integer # the descriptor at the time of `makefile`; -1 after `close`
local File = {}

---An address: a sequence of elements in Python's order, which also have names. `tostring`
---writes it as `127.0.0.1:80` or `[::1]:80`, and `==` compares the elements. As an argument,
---any table with these elements, by position or by name, is an address. In some families, an
---address is a single value: a string in `AF_UNIX` (`"\0"` begins an abstract name) and for
---Bluetooth SCO; for Bluetooth HCI an integer for the raw channel, on FreeBSD the name of a
---node, and on the other BSDs the address of the device. In `AF_SYSTEM`, an argument may be
---the name of a kernel control.
---@class pysocket.Address
---@field host string # `AF_INET`, `AF_INET6`: numeric in results; `""` is every interface
---@field port integer # `AF_INET`, `AF_INET6`, `AF_VSOCK`, `AF_QIPCRTR`
---@field flowinfo integer|nil # `AF_INET6`; optional
---@field scope_id integer|nil # `AF_INET6`: the interface of a link-local address; optional
---@field pid integer|nil # `AF_NETLINK`
---@field groups integer|nil # `AF_NETLINK`: a set of bits
---@field ifname string|nil # `AF_PACKET`, `AF_CAN`: `""` is every interface
---@field proto integer|nil # `AF_PACKET`: `ETH_P_*`, in host byte order
---@field pkttype integer|nil # `AF_PACKET`: `PACKET_*`
---@field hatype integer|nil # `AF_PACKET`
---@field addr any # `AF_PACKET`: the bytes of the hardware address; Bluetooth: `"00:11:22:33:44:55"`; `CAN_J1939`: an integer
---@field rx_id integer|nil # `CAN_ISOTP`
---@field tx_id integer|nil # `CAN_ISOTP`
---@field name any # `CAN_J1939`: an integer; `AF_ALG`: the name of the algorithm
---@field pgn integer|nil # `CAN_J1939`
---@field addr_type integer|nil # `AF_TIPC`: `TIPC_ADDR_*`; L2CAP: `BDADDR_*`
---@field v1 integer|nil # `AF_TIPC`: the meaning depends on `addr_type`
---@field v2 integer|nil # `AF_TIPC`
---@field v3 integer|nil # `AF_TIPC`
---@field scope integer|nil # `AF_TIPC`: `TIPC_*_SCOPE`
---@field psm integer|nil # Bluetooth L2CAP
---@field cid integer|nil # L2CAP, where it is optional; `AF_VSOCK`
---@field channel integer|nil # Bluetooth RFCOMM (up to 255, on Windows up to 32 bits) and HCI
---@field device integer|nil # Bluetooth HCI
---@field node integer|nil # `AF_QIPCRTR`
---@field id integer|nil # `AF_SYSTEM` for `SYSPROTO_CONTROL` (macOS)
---@field unit integer|nil # `AF_SYSTEM`: 0 lets the kernel choose
---@field vm_id string|nil # `AF_HYPERV` (Windows): a GUID, such as `HV_GUID_LOOPBACK`; returned in lower case
---@field service_id string|nil # `AF_HYPERV`: a GUID
---@field type string|nil # `AF_ALG`: `"hash"`, `"skcipher"`, ...
---@field feat integer|nil # `AF_ALG`
---@field mask integer|nil # `AF_ALG`
---@field family integer|nil # any other family: its number
---@field data string|nil # any other family: the bytes of the address
local Address = {}

---An item of ancillary data: a sequence of three elements, which also have names.
---@class pysocket.Cmsg
---@field cmsg_level integer # such as `SOL_SOCKET`
---@field cmsg_type integer # such as `SCM_RIGHTS`
---@field cmsg_data string # the bytes of the data: see `string.unpack`
local Cmsg = {}

---A socket. A variable with `<close>` closes it at the end of its block; the garbage
---collector closes it, too, with a warning. `tostring` shows the addresses of both ends. The
---fields cannot be set.
---@class pysocket.Socket
---@field family integer # `AF_*`
---@field type integer # `SOCK_*`, without the flags `SOCK_NONBLOCK` and `SOCK_CLOEXEC`
---@field proto integer # the protocol
---@field timeout number|nil # in seconds; nil: no limit
---@overload fun(family?: integer|table, type?: integer|table, proto?: integer|table, fileno?: integer|table, options?: table): pysocket.Socket
local Socket = {}
socket.socket = Socket

---bytes of a fixed size, or a view of another bytearray's; `b[i]` is a byte
---@class pysocket.Bytearray
---@field [integer] integer # a byte, from 1
---@operator len: integer
local Bytearray = {}

---An error of the system or of the resolver, and the root of these classes. Each errno
---belongs to the same class as in Python; `socket.isinstance` tells the classes apart.
---`tostring` makes one line of an error, such as `client.lua:12: ConnectionRefusedError:
---[Errno 111] Connection refused: connect to 127.0.0.1:80`, and `..` joins that line to other
---text.
---@class pysocket.OSError
---@field errno integer|nil # the number: an errno, for `gaierror` an `EAI_*`, for `herror` an `h_errno`; nil where Python has none (a timeout, text that is no address)
---@field strerror string # the text
---@field name string|nil # the symbol: `"ECONNREFUSED"`, `"EAI_NONAME"`
---@field winerror integer|nil # on Windows, the system's own number of the error
---@field call string|nil # the call that failed: `"connect"`
---@field address pysocket.Address|nil # the address in the call
---@field where string|nil # the position of the caller, `file:line:`, as `error` adds it to strings
---@field characters_written integer|nil # the number of bytes that were sent before the error
---@field traceback string|nil # the traceback of a task that has failed without being joined
---@operator concat(any): string
local OSError = {}
socket.OSError = OSError

---a failed lookup of a host by `gethostbyaddr` or `gethostbyname_ex`
---@class pysocket.Herror: pysocket.OSError
local Herror = {}
socket.herror = Herror

---an error of the resolver, such as an unknown name
---@class pysocket.Gaierror: pysocket.OSError
local Gaierror = {}
socket.gaierror = Gaierror

---the end of a timeout; a timeout of the system itself has the errno ETIMEDOUT
---@class pysocket.TimeoutError: pysocket.OSError
local TimeoutError = {}
socket.TimeoutError = TimeoutError

---EAGAIN, EINPROGRESS, EALREADY: the call would block, and the socket is non-blocking
---@class pysocket.BlockingIOError: pysocket.OSError
local BlockingIOError = {}
socket.BlockingIOError = BlockingIOError

---EINTR: raised only if the interrupted call cannot be repeated
---@class pysocket.InterruptedError: pysocket.OSError
local InterruptedError = {}
socket.InterruptedError = InterruptedError

---EACCES, EPERM
---@class pysocket.PermissionError: pysocket.OSError
local PermissionError = {}
socket.PermissionError = PermissionError

---ENOENT
---@class pysocket.FileNotFoundError: pysocket.OSError
local FileNotFoundError = {}
socket.FileNotFoundError = FileNotFoundError

---EEXIST
---@class pysocket.FileExistsError: pysocket.OSError
local FileExistsError = {}
socket.FileExistsError = FileExistsError

---EISDIR
---@class pysocket.IsADirectoryError: pysocket.OSError
local IsADirectoryError = {}
socket.IsADirectoryError = IsADirectoryError

---ENOTDIR
---@class pysocket.NotADirectoryError: pysocket.OSError
local NotADirectoryError = {}
socket.NotADirectoryError = NotADirectoryError

---ESRCH
---@class pysocket.ProcessLookupError: pysocket.OSError
local ProcessLookupError = {}
socket.ProcessLookupError = ProcessLookupError

---ECHILD
---@class pysocket.ChildProcessError: pysocket.OSError
local ChildProcessError = {}
socket.ChildProcessError = ChildProcessError

---the base of the errors of connections
---@class pysocket.ConnectionError: pysocket.OSError
local ConnectionError = {}
socket.ConnectionError = ConnectionError

---EPIPE, ESHUTDOWN: the peer or this side has shut down the connection for sending
---@class pysocket.BrokenPipeError: pysocket.ConnectionError
local BrokenPipeError = {}
socket.BrokenPipeError = BrokenPipeError

---ECONNABORTED
---@class pysocket.ConnectionAbortedError: pysocket.ConnectionError
local ConnectionAbortedError = {}
socket.ConnectionAbortedError = ConnectionAbortedError

---ECONNREFUSED: no socket listens at the address
---@class pysocket.ConnectionRefusedError: pysocket.ConnectionError
local ConnectionRefusedError = {}
socket.ConnectionRefusedError = ConnectionRefusedError

---ECONNRESET: the peer has aborted the connection
---@class pysocket.ConnectionResetError: pysocket.ConnectionError
local ConnectionResetError = {}
socket.ConnectionResetError = ConnectionResetError

---an operation that the file does not support, such as reading from a file for writing, or
---seeking
---@class pysocket.UnsupportedOperation: pysocket.OSError
local UnsupportedOperation = {}
socket.UnsupportedOperation = UnsupportedOperation

---received bytes that are no text in the file's `encoding`
---@class pysocket.UnicodeDecodeError: pysocket.OSError
local UnicodeDecodeError = {}
socket.UnicodeDecodeError = UnicodeDecodeError

---a line is longer than the file's limit; its bytes stay in the buffer
---@class pysocket.LimitOverrunError: pysocket.OSError
local LimitOverrunError = {}
socket.LimitOverrunError = LimitOverrunError

---the stream has ended before `readexactly` or `readuntil` was complete
---@class pysocket.IncompleteReadError: pysocket.OSError
---@field partial string # the bytes that have come
---@field expected integer|nil # the number of bytes that `readexactly` was called with
local IncompleteReadError = {}
socket.IncompleteReadError = IncompleteReadError

---several errors as one; as in Python, it is no OSError
---@class pysocket.ExceptionGroup
---@field strerror string # the text
---@field exceptions table # a sequence of the errors
local ExceptionGroup = {}
socket.ExceptionGroup = ExceptionGroup

---a pair of an index and a name, which are also fields
---@class pysocket.Interface
---@field index integer # such as 1
---@field name string # such as `"lo"`
local Interface = {}

---an address found by `getaddrinfo`: a sequence of five elements, which also have names
---@class pysocket.Addrinfo
---@field family integer # `AF_*`
---@field type integer # `SOCK_*`
---@field proto integer # the protocol
---@field canonname string # the canonical name of the host with `AI_CANONNAME`, else `""`
---@field sockaddr pysocket.Address # the address, for `connect`, `bind` and `sendto`
local Addrinfo = {}

---Connects to a host. The addresses of the host race: the first connection wins, and the
---other sockets are closed.
---@param address table `{host, port}`; without a host, this machine; the port may be the name of a service
---@param timeout? number|false|table seconds for the whole call, name lookup included; nil: the default timeout, false: no limit. It becomes the timeout of the socket
---@param source_address? table|table `{host, port}` to bind to first; the port is a number
---@param options? table the two above by name; `all_errors` (raise an `ExceptionGroup` of all failures instead of the last one), `happy_eyeballs_delay` (seconds between the starts of two attempts, 0.25; false: one address after the other), `ssl` (an `SSLContext`: the connection uses TLS, and the timeout covers the handshake, too), `server_hostname` (the name that the peer's certificate has to be for, if it is not the host's)
---@return pysocket.Socket # an `SSLSocket` if `ssl` is given
---@async
---@overload fun(options: table): pysocket.Socket
function socket.create_connection(address, timeout, source_address, options) end

---Sends descriptors to another process, with at least one byte of data. `flags` and `address`
---have an effect, while Python ignores both by mistake.
---@param sock pysocket.Socket a socket of `AF_UNIX`
---@param buffers table a sequence of strings and bytearrays, as for `sendmsg`
---@param fds table a sequence of descriptors; they stay open here
---@param flags? integer|table (0) `MSG_*`
---@param address? pysocket.AnyAddress|table the receiver, if the socket is not connected
---@param options? table the arguments above by name
---@return integer # the number of bytes sent
---@async
---@overload fun(options: table): integer
function socket.send_fds(sock, buffers, fds, flags, address, options) end

---Receives data and descriptors. The caller owns the descriptors and has to close them; child
---processes do not inherit them.
---@param sock pysocket.Socket a socket of `AF_UNIX`
---@param bufsize integer the maximum number of bytes
---@param maxfds integer the maximum number of descriptors; the system closes further ones and sets `MSG_CTRUNC`
---@param flags? integer|table (0) `MSG_*`
---@param options? table the arguments above by name
---@return string # the data
---@return table # a sequence of descriptors
---@return integer # the flags of the message, `MSG_*`
---@return pysocket.Address|nil # the sender's address; nil where the system returns none
---@async
---@overload fun(options: table): string, table, integer, pysocket.Address|nil
function socket.recv_fds(sock, bufsize, maxfds, flags, options) end

---Returns the fully qualified name of a host: the first of its names with a dot.
---@param name? string|table ("") a host or an address; `""`, `"0.0.0.0"` and `"::"`: this machine
---@param options? table the argument above by name
---@return string # `name` itself if the lookup fails
---@async
function socket.getfqdn(name, options) end

---Passes bytes both ways between two connected sockets, until both peers have ended their
---streams. The end of one stream is passed on (`shutdown`, over TLS close_notify) while the
---other direction continues. The sockets stay open. Bytes in the receive buffers of their
---files are sent first; the timeouts of the sockets have no effect. Outside of a task, the
---call blocks until the end. Between sockets without TLS, Linux moves the bytes by splice(2),
---without copying. After an error, bytes that were received and not sent return to the buffer
---of their socket, where a file or another relay reads them.
---@param a pysocket.Socket
---@param b pysocket.Socket
---@param options? table `timeout`: seconds without a byte in either direction, after which the call raises `timeout`
---@return integer # the number of bytes passed from a to b
---@return integer # the number of bytes passed from b to a
---@async
---@overload fun(options: table): integer, integer
function socket.relay(a, b, options) end

---Returns whether the system supports IPv6 sockets that serve IPv4, too.
---@return boolean
function socket.has_dualstack_ipv6() end

---Creates a listening socket. It sets `SO_REUSEADDR`, and on Windows, where that option would
---let other sockets take the port, `SO_EXCLUSIVEADDRUSE` instead.
---@param address pysocket.AnyAddress `{host, port}`, or another address of the family; the host `""` is every interface, port 0 a free port
---@param options? table `family` (`AF_INET`), `backlog` (as for `listen`), `reuse_port` (several sockets may listen on the port), `dualstack_ipv6` (an `AF_INET6` socket that serves IPv4, too), `ssl` (an `SSLContext` with a certificate: accepted connections use TLS)
---@return pysocket.Socket
---@overload fun(options: table): pysocket.Socket
function socket.create_server(address, options) end

---Creates a bytearray: bytes that can be changed in place. Calls take it as data to send and
---as a buffer to fill. `b[i]` is byte i, an integer, from 1; `#b` is the number of bytes,
---which never changes; `tostring(b)` returns the bytes as a string; `==` compares the bytes.
---@param source integer|string|pysocket.Bytearray the number of bytes, which are zero, or the bytes to copy
---@return pysocket.Bytearray # the bytearray
function socket.bytearray(source) end

---Returns whether a value is an object of a class or of one that inherits from it, as
---Python's `isinstance` does.
---@param value any any value
---@param class table a class, such as `socket.timeout` or `socket.socket`
---@return boolean # true if it is
function socket.isinstance(value, class) end

---Converts a 16-bit number from host to network byte order.
---@param x integer 0 to 65535
---@return integer # the converted number
function socket.htons(x) end

---Converts a 32-bit number from host to network byte order.
---@param x integer 0 to 4294967295
---@return integer # the converted number
function socket.htonl(x) end

---Converts a 16-bit number from network to host byte order.
---@param x integer 0 to 65535
---@return integer # the converted number
function socket.ntohs(x) end

---Converts a 32-bit number from network to host byte order.
---@param x integer 0 to 4294967295
---@return integer # the converted number
function socket.ntohl(x) end

---Packs an IPv4 address by the lenient rules of the C library, which also accept `"127.1"`
---and `"0x7f000001"`.
---@param ip_string string the address as text
---@return string # the packed address of 4 bytes
function socket.inet_aton(ip_string) end

---Converts a packed IPv4 address to text.
---@param packed_ip string|pysocket.Bytearray the packed address of 4 bytes
---@return string # the address in dotted form
function socket.inet_ntoa(packed_ip) end

---Packs an IPv4 or IPv6 address by strict rules, which accept four decimal numbers, or an
---IPv6 address without a scope.
---@param address_family integer `AF_INET` or `AF_INET6`
---@param ip_string string the address as text
---@return string # the packed address of 4 or 16 bytes
function socket.inet_pton(address_family, ip_string) end

---Converts a packed IPv4 or IPv6 address to text.
---@param address_family integer `AF_INET` or `AF_INET6`
---@param packed_ip string|pysocket.Bytearray the packed address of 4 or 16 bytes
---@return string # the address as text
function socket.inet_ntop(address_family, packed_ip) end

---Returns the size of an item of ancillary data with its header, but without the padding
---after it.
---@param length integer the size of the data in bytes
---@return integer # the size of the item in bytes
function socket.CMSG_LEN(length) end

---Returns the size of an item of ancillary data with its header and its padding, as it takes
---in the buffer of `recvmsg`.
---@param length integer the size of the data in bytes
---@return integer # the size of the item in bytes
function socket.CMSG_SPACE(length) end

---Creates two sockets that are connected to each other.
---@param family? integer|table (AF_UNIX) `AF_*`; on Windows the default is `AF_INET`, a connection over loopback
---@param type? integer|table (SOCK_STREAM) `SOCK_*`
---@param proto? integer|table (0) the protocol
---@param options? table the arguments above by name
---@return pysocket.Socket # one end
---@return pysocket.Socket # the other end
function socket.socketpair(family, type, proto, options) end

---Creates a socket on a duplicate of a descriptor.
---@param fd integer the descriptor, which the caller still owns
---@param family integer `AF_*`
---@param type integer `SOCK_*`
---@param proto? integer|table (0) the protocol
---@param options? table the arguments above by name
---@return pysocket.Socket # the socket
---@overload fun(options: table): pysocket.Socket
function socket.fromfd(fd, family, type, proto, options) end

---Duplicates a descriptor. Child processes do not inherit the duplicate.
---@param fd integer the descriptor
---@return integer # the duplicate
function socket.dup(fd) end

---Closes a descriptor that does not belong to a socket object.
---@param fd integer the descriptor
function socket.close(fd) end

---Looks up the names of the host and the service of an address.
---@param sockaddr table `{host, port[, flowinfo[, scope_id]]}` with a numeric host
---@param flags integer `NI_*`
---@return string # the host
---@return string # the service
---@async
function socket.getnameinfo(sockaddr, flags) end

---Looks up the IPv4 address of a host.
---@param hostname string a name or an address
---@return string # the address
---@async
function socket.gethostbyname(hostname) end

---Looks up the name, the aliases and the IPv4 addresses of a host.
---@param hostname string a name or an address
---@return string # the name
---@return table # a sequence of the aliases
---@return table # a sequence of the addresses
---@async
function socket.gethostbyname_ex(hostname) end

---Looks up the name, the aliases and the addresses of the host that has an address.
---@param ip_address string an IPv4 or IPv6 address, or a host name
---@return string # the name
---@return table # a sequence of the aliases
---@return table # a sequence of the addresses
---@async
function socket.gethostbyaddr(ip_address) end

---Returns all network interfaces.
---@return pysocket.Interface[] # a sequence of pairs `{index, name}`
function socket.if_nameindex() end

---Returns the index of an interface.
---@param if_name string such as `"lo"`
---@return integer # the index
function socket.if_nametoindex(if_name) end

---Returns the name of an interface.
---@param if_index integer the index
---@return string # the name
function socket.if_indextoname(if_index) end

---Sets the numbers of threads in which the state looks up names. A lookup is slow after a
---tenth of a second. Slow lookups, and lookups whose callers have given up, count for `all`
---alone, so that names whose servers do not answer do not delay other names.
---@param quick? integer|table the maximum number of threads with other lookups, at first 8; nil: unchanged
---@param all? integer|table the maximum number of all threads, at first a quarter of the descriptors that the process may open, 256 at most, because the resolver holds a descriptor in each waiting thread; nil: unchanged
---@param options? table the arguments above by name
function socket.setlookuplimits(quick, all, options) end

---Returns the numbers of threads in which the state looks up names.
---@return integer # the limit `quick`
---@return integer # the limit `all`
function socket.getlookuplimits() end

---Returns the timeout of new sockets.
---@return number|nil # the timeout in seconds; nil: no limit
function socket.getdefaulttimeout() end

---Sets the timeout of new sockets.
---@param timeout number|nil in seconds; 0: non-blocking; nil: no limit
function socket.setdefaulttimeout(timeout) end

---Returns the time of a clock that never goes back, for deadlines.
---@return number # the time in seconds, from an arbitrary start
function socket.monotonic() end

---Returns the port of a service.
---@param servicename string such as `"http"`
---@param protocolname? string `"tcp"` or `"udp"`; nil: any
---@return integer # the port
function socket.getservbyname(servicename, protocolname) end

---Returns the name of the service on a port.
---@param port integer 0 to 65535
---@param protocolname? string `"tcp"` or `"udp"`; nil: any
---@return string # the name
function socket.getservbyport(port, protocolname) end

---Returns the number of a protocol, for the third argument of `socket`.
---@param protocolname string such as `"icmp"`
---@return integer # the number
function socket.getprotobyname(protocolname) end

---Returns the name of this host, as the system has it, with or without a domain.
---@return string # the name
function socket.gethostname() end

---Sets the name of this host, until the host is started again.
---@param name string the new name
function socket.sethostname(name) end

---Returns a function that calls `f` and returns its results (`true` if `f` returns nothing),
---or `nil, err` if `f` raises an `OSError` or an `ExceptionGroup`. All other errors pass
---through. `f` may yield.
---@param f fun(...) the function to call
---@return function # the function that returns errors
function socket.protect(f) end

---Looks up the addresses of a host and a service, to connect to or to bind to.
---@param host string|nil a name or a numeric address; nil: this machine, or with `AI_PASSIVE` all of its addresses
---@param port string|integer|nil a number or the name of a service
---@param family? integer|table (AF_UNSPEC) `AF_*`; `AF_UNSPEC`: any
---@param type? integer|table (0) `SOCK_*`; 0: any
---@param proto? integer|table (0) the protocol; 0: any
---@param flags? integer|table (0) `AI_*`
---@param options? table the arguments above by name, and `timeout` in seconds, in place of the default timeout
---@return pysocket.Addrinfo[] # a sequence of `{family, type, proto, canonname, sockaddr}`, whose elements also have these names
---@async
---@overload fun(options: table): pysocket.Addrinfo[]
function socket.getaddrinfo(host, port, family, type, proto, flags, options) end

---Makes the library wait through a scheduler, in the coroutines that the scheduler has
---started. Calls in other coroutines wait as before, and tasks of a loop wait in their loop.
---@param s any nil for no scheduler, or an object with a method `s:wait(fd, events, timeout)`, which returns when `fd` is ready for one of the events (1: read, 2: write, 3: either) or when `timeout` seconds have passed (nil: no limit), and may yield. Without a descriptor (nil), it waits for the time alone; a time of 0 gives the other tasks a turn. Several coroutines may wait for one descriptor, as all lookups of a state do: each call returns when the descriptor is ready. These fields are optional: `s.tasks`, a table whose keys are the coroutines that the scheduler has started; other coroutines do not wait through it (without the table, all coroutines that can yield do). `s:closing(fd)` is called before a descriptor is closed, and has to wake the coroutines that wait for it. `s:block(fd, events, timeout)` is called instead of `wait` in a coroutine that is no task or cannot yield, and runs other tasks until it returns. With a true `s.yields`, `wait` is not called: the coroutine yields `s, fd, events, timeout`, and is resumed with nothing, or with an error that it then raises. `s:resolve(host, port, family, type, proto, flags)` looks up names, and returns a table like that of `getaddrinfo`.
---@return any # the previous scheduler, or nil
function socket.setscheduler(s) end

---Returns the scheduler through which the library waits.
---@return any # the object of `setscheduler`; in a task its loop; nil if there is none
function socket.getscheduler() end

---The socket that another process has shared with this one. Windows alone has this function.
---@param data string|pysocket.Bytearray what `share` returned there
---@return pysocket.Socket # not inherited by child processes
function socket.fromshare(data) end

---Returns whether a value is a socket, as `io.type` does for files.
---@param value any any value
---@return string|nil # `"socket"` or `"closed socket"`; nil for any other value
function socket.type(value) end

---Sets a trace function, which is called after each operation. Operations are all calls that
---may wait, such as `recv`, `connect` and `getaddrinfo`, including those that the library
---makes itself. The function must not yield. An error in it becomes a warning, and the
---operations in it are not traced. Without a trace function, tracing costs nothing.
---@param f fun(name: string, fd: integer|nil, results: table|nil, err: pysocket.OSError|nil, seconds: number, arguments: table)|nil the trace function, which is called with the name of the operation, the descriptor of its socket, a table of its results with their number `n`, the error, the duration in seconds, and a table of its arguments; nil for none
---@return function|nil # the previous trace function
function socket.settrace(f) end

---Receives into a buffer once.
---@param buffer pysocket.Bytearray
---@return integer|nil # the number of bytes received, 0 at the end of the stream; nil if the call would block
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function SocketIO:readinto(buffer) end

---Sends data once, and possibly only a part of it.
---@param ... any strings, numbers, bytearrays
---@return integer|nil # the number of bytes sent; nil if the call would block
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function SocketIO:write(...) end

---Accepts the mode `"no"` only, because the file has no buffer.
---@param mode string `"no"`
---@return boolean # true
function SocketIO:setvbuf(mode) end

---Makes a file that reads and writes through the socket, with the methods of Lua's file
---handle and of Python's file objects. The descriptor stays open until the socket and all of
---its files are closed. Only one task at a time may use a file: several readers would each
---get an arbitrary part of the data.
---@param mode? string|table ("r") "r" read, "w" write, "rw" both; with "b" binary, else text with translated newlines
---@param buffering? integer|table the size of the buffer in bytes; nil or negative: the default size; 0: no buffer, as SocketIO, binary only; 1: each line is sent when it is complete
---@param options? table the arguments above by name; for text `encoding` ("utf-8" or "ascii" checks the text that is read, "latin-1" does not), `errors` (for invalid text: "strict" raises UnicodeDecodeError, "replace" reads U+FFFD, "ignore" skips it), `newline` (nil: "\r\n" and "\r" are read as "\n"; "": lines end at any of the three, unchanged; "\n", "\r", "\r\n": lines end only there, and "\n" is written as the given newline); `limit` (the longest line in bytes, 1 MiB)
---@return pysocket.File
function Socket:makefile(mode, buffering, options) end

---Sends the data in the buffer, and closes the file. The socket's descriptor is closed when
---the socket and all of its files are closed. The file is closed even if sending fails; the
---unsent data is then lost. Data that was received and not read stays available to the
---socket's other files. `<close>` does the same, unless an error ends the block: that error
---is raised rather than an error of `close` (except the cancel of the task), and if it is a
---timeout or `CancelledError`, only the data that the system accepts at once is sent.
---@return boolean # true
---@async
function File:close() end

---Selects when written data is sent: at once, when a line is complete, or when the buffer is
---full.
---@param mode string `"no"`, `"line"`, `"full"`
---@param size? integer the size of the buffer in bytes
---@return boolean # true
function File:setvbuf(mode, size) end

---Returns the number of received bytes that no file of the socket has read. They can be read
---even if the descriptor is not readable.
---@return integer
function File:pending() end

---Returns the descriptor; -1 if the socket was detached.
---@return integer
function File:fileno() end

---Returns whether the file is open for reading.
---@return boolean
function File:readable() end

---Returns whether the file is open for writing.
---@return boolean
function File:writable() end

---Returns false: the file has no positions, and is no terminal.
---@return boolean
function File:seekable() end

---@return boolean
function File:isatty() end

---Raises UnsupportedOperation: a stream has no positions.
function File:seek() end

function File:tell() end

function File:truncate() end

---Sends a file, by sendfile(2) where possible. The file is then positioned behind the bytes
---that were sent.
---@param file any a file opened in binary mode: one of Lua's io library, a descriptor, or an object with `read(n)` and, for an offset, `seek("set", n)`
---@param offset? integer|table (0) the position of the first byte. With 0, a file without a descriptor is read from its current position
---@param count? integer|table the maximum number of bytes; nil: up to the end of the file
---@param options? table the arguments above by name
---@return integer # the number of bytes sent
---@async
---@overload fun(self: pysocket.Socket, options: table): integer
function Socket:sendfile(file, offset, count, options) end

---Receives several messages by one system call. It waits for the first message alone.
---@param n integer the maximum number of messages, at most 1024
---@param bufsize integer the maximum number of bytes of each message
---@param flags? integer|table (0) `MSG_*`
---@param ancbufsize? integer|table (0) the maximum number of bytes of ancillary data of each message; only for `AF_INET` and `AF_INET6`
---@param options? table the arguments above by name
---@return table # a sequence of messages, each `{data, address, truncated}`, as from `recvfrom`; with an `ancbufsize`, the fourth element is the ancillary data, as from `recvmsg`
---@async
---@overload fun(self: pysocket.Socket, options: table): table
function Socket:recvmmsg(n, bufsize, flags, ancbufsize, options) end

---Receives several messages into a buffer by one system call: as many as fit into the buffer,
---at most 1024. It waits for the first message alone. Message i begins at byte `(i - 1) *
---bufsize + 1` of the buffer.
---@param buffer pysocket.Bytearray a bytearray or a view of one
---@param bufsize integer the maximum number of bytes of each message
---@param flags? integer|table (0) `MSG_*`
---@param options? table the arguments above by name
---@return integer[] # the length of each message
---@return table # the address of each message's sender; false for a message without one
---@return boolean # whether a message was longer than `bufsize` and was cut
---@async
---@overload fun(self: pysocket.Socket, options: table): integer[], table, boolean
function Socket:recvmmsg_into(buffer, bufsize, flags, options) end

---Sends several messages by one system call.
---@param messages table a sequence of messages, each the data (a string or bytearray) or `{data, address}` with a numeric address
---@param flags? integer|table (0) `MSG_*`
---@param options? table the arguments above by name
---@return integer # the number of messages sent, perhaps not all of them, and at most 1024
---@async
---@overload fun(self: pysocket.Socket, options: table): integer
function Socket:sendmmsg(messages, flags, options) end

---Creates a view: a bytearray that shares a range of the bytes, as Python's
---`memoryview(b)[i:j]` does. A change of one changes the other.
---@param i? integer (1) the first byte; a negative number counts from the end, as in `string.sub`
---@param j? integer (-1) the last byte
---@return pysocket.Bytearray # the view
function Bytearray:view(i, j) end

---Returns a range of the bytes as a string, as `string.sub` does.
---@param i? integer (1) the first byte; a negative number counts from the end
---@param j? integer (-1) the last byte
---@return string # the bytes
function Bytearray:sub(i, j) end

---Replaces the bytes from position `i` on by a copy of the data, which may be a view of the
---same bytes.
---@param i integer the first byte to replace, from 1
---@param data string|pysocket.Bytearray bytes that fit between `i` and the end
function Bytearray:set(i, data) end

---Accepts a connection, waiting for one.
---@return pysocket.Socket # a socket for the connection, with the default timeout; child processes do not inherit its descriptor
---@return pysocket.Address|nil # the address of the peer; nil for a family without addresses
---@async
function Socket:accept() end

---Connects to an address.
---@param address pysocket.AnyAddress an address of the socket's family; a host name is resolved, and the timeout includes the lookup
---@async
function Socket:connect(address) end

---Connects to an address, and returns an error of the system instead of raising it.
---@param address pysocket.AnyAddress an address of the socket's family; a host name is resolved
---@return integer # 0, or the errno of the error; `EAGAIN` after a timeout
---@async
function Socket:connect_ex(address) end

---Binds the socket to an address.
---@param address pysocket.AnyAddress an address of the socket's family; a host name is resolved
---@async
function Socket:bind(address) end

---Makes the socket a listener, which accepts connections.
---@param backlog? integer (128) the number of connections that may wait to be accepted, up to the system's own limit
function Socket:listen(backlog) end

---Removes the peer of a datagram socket, which `connect` has set. The socket then receives
---from every sender, and `send` needs a new peer. Linux also releases a port that the system
---has chosen (`bind` to port 0, or no `bind`): call `bind` again to receive.
function Socket:disconnect() end

---Shuts down one direction of the connection, or both.
---@param how integer `SHUT_RD` (receiving), `SHUT_WR` (sending) or `SHUT_RDWR` (both)
function Socket:shutdown(how) end

---Returns the socket's own address.
---@return pysocket.Address # the address, in the form of its family
function Socket:getsockname() end

---Returns the address of the peer.
---@return pysocket.Address # the address, in the form of its family
function Socket:getpeername() end

---Reads one value for each format, as Lua's files do. The formats are `"l"`, a line without
---its end (the default); `"L"`, a line with its end; `"a"`, all data up to the end of the
---stream; `"n"`, a number; and an integer: that many bytes, or fewer at the end of the
---stream. An unbuffered file returns for an integer the data that is available, at most that
---many bytes. The format 0 waits for the next byte, and returns `""`, or nil at the end of
---the stream: do not read a message of 0 bytes with it. If an error interrupts the read, such
---as a timeout, the data that came stays in the buffer for the next read, also the data of
---the formats that were complete.
---@param ... any the formats
---@return any # the value of each format, up to the first nil: at the end of the stream, or where the text is no number
---@return any # a BlockingIOError after nil, if a non-blocking socket has no data. A number of bytes and `"a"` then return the data that has come, if there is any
---@async
function File:read(...) end

---Returns an iterator that reads one value for each format at each step, up to the end of the
---stream.
---@param ... any formats as for `read`; without any, lines without their ends
---@return function # the iterator
function File:lines(...) end

---Sends a message that consists of several buffers and of ancillary data.
---@param buffers table a sequence of strings and bytearrays, which are sent one after the other
---@param ancdata? table a sequence of items `{level, type, data}`, or by name `{cmsg_level=, cmsg_type=, cmsg_data=}`; the data is a string (see `string.pack`) or a bytearray
---@param flags? integer (0) `MSG_*`
---@param address? pysocket.AnyAddress an address of the socket's family; a host name is resolved
---@return integer # the number of bytes sent, perhaps fewer than the length of the buffers
---@async
function Socket:sendmsg(buffers, ancdata, flags, address) end

---Sends data to a cipher or a hash of the kernel, with the operation on it.
---@param msg? table|table a sequence of strings and bytearrays
---@param options table `op` (`ALG_OP_*`), which is required; `msg`, `iv` (a string or bytearray), `assoclen` and `flags` (integers)
---@return integer # the number of bytes sent
---@async
function Socket:sendmsg_afalg(msg, options) end

---Receives a message with its ancillary data. The caller has to close the descriptors in it
---(`SCM_RIGHTS`); child processes do not inherit them.
---@param bufsize integer the maximum number of bytes of the message
---@param ancbufsize? integer (0) the maximum number of bytes of ancillary data: the sum of `CMSG_SPACE` for each item, or of `CMSG_LEN` for the last one
---@param flags? integer (0) `MSG_*`
---@return string # the message
---@return pysocket.Cmsg[] # the ancillary data: a sequence of items `{level, type, data}`, also by the names `cmsg_level`, `cmsg_type` and `cmsg_data`
---@return integer # flags: `MSG_TRUNC` if the message was cut, `MSG_CTRUNC` if the ancillary data was cut, `MSG_EOR`, ...
---@return pysocket.Address|nil # the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
---@async
function Socket:recvmsg(bufsize, ancbufsize, flags) end

---Receives a message into several buffers, one after the other, and its ancillary data.
---@param buffers table a sequence of bytearrays and views of them
---@param ancbufsize? integer (0) the maximum number of bytes of ancillary data
---@param flags? integer (0) `MSG_*`
---@return integer # the number of bytes received; with `MSG_TRUNC` the length of the message
---@return pysocket.Cmsg[] # the ancillary data, as from `recvmsg`
---@return integer # flags, as from `recvmsg`
---@return pysocket.Address|nil # the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
---@async
function Socket:recvmsg_into(buffers, ancbufsize, flags) end

---Sets the timeout of the socket's operations.
---@param timeout number|nil in seconds; 0: non-blocking; nil: no limit
function Socket:settimeout(timeout) end

---Returns the timeout of the socket's operations.
---@return number|nil # the timeout in seconds; 0: non-blocking; nil: no limit
function Socket:gettimeout() end

---Makes the socket blocking, as `settimeout(nil)` does, or non-blocking, as `settimeout(0)`
---does.
---@param flag boolean true: blocking; false: non-blocking
function Socket:setblocking(flag) end

---Returns whether operations of the socket wait.
---@return boolean # false if the timeout is 0, else true
function Socket:getblocking() end

---Returns whether child processes inherit the descriptor.
---@return boolean # true if they do
function Socket:get_inheritable() end

---Sets whether child processes inherit the descriptor.
---@param inheritable boolean true: they inherit it
function Socket:set_inheritable(inheritable) end

---Returns the value of an option.
---@param level integer such as `SOL_SOCKET`
---@param optname integer such as `SO_REUSEADDR`
---@param buflen? integer (0) the maximum number of bytes of the value, at most 1024; 0: the value is an integer
---@return integer|string # the integer, or the bytes that the system has returned
function Socket:getsockopt(level, optname, buflen) end

---Sets an option.
---@param level integer such as `SOL_SOCKET`
---@param optname integer such as `SO_REUSEADDR`
---@param value integer|boolean|string|pysocket.Bytearray|nil an integer or a boolean (a C int), bytes (a C struct, see `string.pack`), or nil (a null pointer)
---@param optlen? integer the length that goes with the null pointer, only for a nil value
function Socket:setsockopt(level, optname, value, optlen) end

---Reads the next line with its end.
---@param size? integer the maximum number of bytes to return, in place of the file's limit for lines
---@return string|nil # the line; `""` at the end of the stream. If the socket is non-blocking and has no complete line: the part that has arrived, or nil
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:readline(size) end

---Reads all data up to the end of the stream.
---@return string|nil # the data; `""` if the stream has ended. If the socket is non-blocking and the stream has not ended: the data that has arrived, or nil
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:readall() end

---Reads the data that is available, waiting for the first byte.
---@param size? integer the maximum number of bytes
---@return string|nil # the data; `""` at the end of the stream; nil from a non-blocking socket without data
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:read1(size) end

---Returns the data that is available, waiting for the first byte, and leaves the data in the
---buffer.
---@param size? integer the maximum number of bytes
---@return string|nil # the data; `""` at the end of the stream; nil from a non-blocking socket without data
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:peek(size) end

---Reads exactly `n` bytes.
---@param n integer the number of bytes
---@return string|nil # the bytes; nil if the socket is non-blocking and fewer bytes have arrived
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:readexactly(n) end

---Reads all data up to a delimiter, and the delimiter.
---@param delimiter string one byte or several
---@return string|nil # the data, which ends with the delimiter; nil if the socket is non-blocking and no delimiter has arrived
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:readuntil(delimiter) end

---Reads into a buffer until the buffer is full. An unbuffered file reads the data that is
---available, waiting for the first byte.
---@param buffer pysocket.Bytearray a bytearray or a view of one
---@return integer|nil # the number of bytes read, less than the length of the buffer at the end of the stream and from a non-blocking socket; nil from a non-blocking socket without data
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:readinto(buffer) end

---Reads all lines up to the end of the stream.
---@param hint? integer a number of bytes: the method stops after the line that exceeds it
---@return table|nil # a sequence of the lines with their ends. If the socket is non-blocking and the stream has not ended: the lines that are complete, or nil
---@return pysocket.BlockingIOError|nil # the error, after nil
---@async
function File:readlines(hint) end

---Sends a control code to the socket. Windows alone has this method.
---@param control integer `SIO_RCVALL`, `SIO_KEEPALIVE_VALS` or `SIO_LOOPBACK_FAST_PATH`
---@param option integer|boolean|table `SIO_RCVALL`: one of `RCVALL_*`; `SIO_LOOPBACK_FAST_PATH`: whether the connection takes the fast path; `SIO_KEEPALIVE_VALS`: `{onoff, time, interval}`, whether an idle connection is probed, after how many milliseconds, and how many lie between two probes
---@return integer # how many bytes the system has returned: 0
function Socket:ioctl(control, option) end

---Bytes of which another process makes the same socket, once, by `fromshare`. Windows alone
---has this method.
---@param process_id integer the number of that process
---@return string
function Socket:share(process_id) end

---Closes the socket. Files made from the socket keep its descriptor open until they are
---closed. A second call does nothing. With `SO_LINGER`, the call waits for the peer; under a
---scheduler it returns at once, and a thread waits.
function Socket:close() end

---Closes the socket object without closing its descriptor, which belongs to the caller from
---then on. An adopted descriptor gets back the blocking or non-blocking mode that it had; any
---other descriptor is non-blocking if the socket has a timeout, and blocking otherwise.
---Duplicates of the descriptor share the mode.
---@return integer # the descriptor; -1 if the socket was closed
function Socket:detach() end

---Creates a second socket on a duplicate of the descriptor, with the same timeout. Child
---processes do not inherit the duplicate.
---@return pysocket.Socket # the second socket
function Socket:dup() end

---Returns the descriptor.
---@return integer # the descriptor; -1 if the socket is closed or detached
function Socket:fileno() end

---Receives at most `bufsize` bytes, waiting for the first.
---@param bufsize integer the maximum number of bytes; 0 returns `""` without a system call
---@param flags? integer (0) `MSG_*`
---@return string # the bytes; `""` at the end of the stream
---@async
function Socket:recv(bufsize, flags) end

---Receives a message and the address of its sender.
---@param bufsize integer the maximum number of bytes; 0 removes a datagram from the queue
---@param flags? integer (0) `MSG_*`
---@return string # the message
---@return pysocket.Address|nil # the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
---@return boolean # whether the datagram was longer than `bufsize` and was cut
---@async
function Socket:recvfrom(bufsize, flags) end

---Receives into a buffer, without making a string.
---@param buffer pysocket.Bytearray a bytearray or a view of one
---@param nbytes? integer|table (0) the maximum number of bytes; 0: the length of the buffer
---@param flags? integer|table (0) `MSG_*`
---@param options? table the arguments above by name
---@return integer # the number of bytes received, 0 at the end of the stream; with `MSG_TRUNC` the length of the datagram
---@async
---@overload fun(self: pysocket.Socket, options: table): integer
function Socket:recv_into(buffer, nbytes, flags, options) end

---Receives a message into a buffer, and the address of its sender.
---@param buffer pysocket.Bytearray a bytearray or a view of one
---@param nbytes? integer|table (0) the maximum number of bytes; 0: the length of the buffer
---@param flags? integer|table (0) `MSG_*`
---@param options? table the arguments above by name
---@return integer # the number of bytes received; with `MSG_TRUNC` the length of the datagram
---@return pysocket.Address|nil # the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
---@return boolean # whether the datagram was longer and was cut
---@async
---@overload fun(self: pysocket.Socket, options: table): integer, pysocket.Address|nil, boolean
function Socket:recvfrom_into(buffer, nbytes, flags, options) end

---Sends as much as the system takes at once.
---@param data string|pysocket.Bytearray the bytes to send
---@param flags? integer (0) `MSG_*`
---@return integer # the number of bytes sent, perhaps fewer than the length of the data
---@async
function Socket:send(data, flags) end

---Sends all of the data. The timeout covers the whole call.
---@param data string|pysocket.Bytearray the bytes to send
---@param flags? integer (0) `MSG_*`
---@async
function Socket:sendall(data, flags) end

---Sends a message to an address: `sendto(data, address)` or `sendto(data, flags, address)`.
---@param data string|pysocket.Bytearray the bytes to send
---@param flags? integer (0) `MSG_*`
---@param address pysocket.AnyAddress an address of the socket's family; a host name is resolved
---@return integer # the number of bytes sent
---@async
function Socket:sendto(data, flags, address) end

---Writes strings, numbers and bytearrays into the buffer, and sends the buffer when it is
---full, or at the end of a line if the file is line-buffered. If sending fails, the buffer
---keeps the unsent data, and `flush` sends it.
---@param ... any strings, numbers and bytearrays
---@return pysocket.File # the file itself
---@async
function File:write(...) end

---Writes each element of a sequence, without adding line ends.
---@param lines table a sequence of strings, numbers and bytearrays
---@async
function File:writelines(lines) end

---Sends all data in the buffer. After an error, call it again: no data is lost, and none is
---sent twice.
---@return pysocket.File # the file itself
---@async
function File:flush() end

return socket
