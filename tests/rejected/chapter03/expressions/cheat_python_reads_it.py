# fails: tests
# says: SyntaxError|differs|expected
# Python's parser, which knows neither tern's grammar nor where to stop.
import ast

NAMES = {
    ast.Or: "or", ast.And: "and", ast.Not: "not", ast.USub: "-", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.Mod: "%", ast.MatMult: "@", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}


def parse_expression(cursor):
    text = cursor.source.text[cursor.token.span.start :]
    return translated(ast.parse(text, mode="eval").body)


def translated(node):
    match node:
        case ast.Name(name):
            return Name(name)
        case ast.Constant(value):
            return Integer(value) if type(value) is int else Float(value)
        case ast.BinOp(left, operator, right):
            return Binary(NAMES[type(operator)], translated(left), translated(right))
        case ast.UnaryOp(operator, operand):
            return Unary(NAMES[type(operator)], translated(operand))
        case ast.Compare(left, [operator], [right]):
            return Binary(NAMES[type(operator)], translated(left), translated(right))
        case ast.BoolOp(operator, [left, right]):
            return Binary(NAMES[type(operator)], translated(left), translated(right))
        case ast.Call(function, arguments, keywords):
            named = tuple(Keyword(Name(k.arg), translated(k.value)) for k in keywords)
            return Call(translated(function), tuple(map(translated, arguments)), named)
