class Slots:
    def __init__(self, words: memoryview) -> None: ...
    def put(
        self,
        at_us: int,
        caller: int,
        callee: int,
        word: int,
        change: int,
        generation: int,
        took_us: int,
        ingress: bytes,
        receipt: bytes,
    ) -> bool: ...
    def refuse(self, at_us: int, receipt: bytes) -> bool: ...
    def room(self) -> int: ...
    def release(self) -> None: ...
