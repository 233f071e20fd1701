/** IP protocol numbers that the data plane tells apart. IANA, "Assigned Internet Protocol Numbers". */
export namespace Protocol {
  export const ICMP: u8 = 1
  export const TCP: u8 = 6
  export const UDP: u8 = 17
  export const GRE: u8 = 47
  export const ICMPV6: u8 = 58
  export const SCTP: u8 = 132
  export const UDPLITE: u8 = 136
}
