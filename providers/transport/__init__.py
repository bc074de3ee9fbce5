"""Bytes to and from providers: HTTP, the address guard and the splitters of framed bodies. Knows no protocol."""
